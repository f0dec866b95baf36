use super::{Spec, s};
use crate::{
    Button, CodeInput, Field, Icon, Kbd, Kind, PasswordInput, PhoneInput, Proof, ProofInput, Seg,
    Size, StarPicker, Tab, Tabs, msg, toast,
};
use leptos::prelude::*;

pub(super) fn view() -> AnyView {
    view! {
        <Spec id="buttons" title=s("الأزرار", "Buttons")>{buttons()}</Spec>
        <Spec id="fields" title=s("الحقول", "Fields")>{fields()}</Spec>
        <Spec id="choice" title=s("الاختيار", "Choice")>{choice()}</Spec>
        <Spec id="tabs" title=s("التبويب", "Tabs")>{tabs()}</Spec>
    }
    .into_any()
}

fn buttons() -> AnyView {
    let busy = Signal::stored(true);
    let said = move || {
        toast(s(
            "حُفظ المبلغ وبدأنا البحث",
            "The amount is held, we are looking",
        ))
    };
    view! {
        <div class="flex wrap">
            <Button kind=Kind::Primary on_press=said>{s("احجز الآن", "Book now")}</Button>
            <Button kind=Kind::Secondary>{s("تعديل", "Edit")}</Button>
            <Button kind=Kind::Soft>{s("تأكيد الموعد", "Confirm the visit")}</Button>
            <Button kind=Kind::Ghost>{s("ليس الآن", "Not now")}</Button>
            <Button kind=Kind::Danger>{s("إلغاء الحجز", "Cancel booking")}</Button>
            <Button kind=Kind::DangerSolid>{s("ألغِ", "Cancel it")}</Button>
        </div>
        <div class="flex wrap">
            <Button kind=Kind::Primary busy=busy>{s("نحجز المبلغ", "Holding the amount")}</Button>
            <Button kind=Kind::Secondary busy=busy>{s("نحفظ", "Saving")}</Button>
            <Button kind=Kind::Soft icon=true label=s("اتصال", "Call")><Icon name="phone"/></Button>
            <Button kind=Kind::Secondary size=Size::Small>{s("صغير", "Small")}</Button>
            <Button kind=Kind::Secondary size=Size::Small><Icon name="undo-2" class="sm flip"/>{msg::undo()}<Kbd>"U"</Kbd></Button>
        </div>
        <div class="stack sm">
            <Button kind=Kind::Primary disabled=Signal::stored(true) block=true>{s("متابعة", "Continue")}</Button>
            <span class="micro">{s("اختر موعدًا أولًا.", "Choose a time first.")}</span>
        </div>
        <Button kind=Kind::Primary size=Size::Big block=true>{s("أقبل العمل", "Accept the job")}</Button>
    }
    .into_any()
}

fn fields() -> AnyView {
    let phone = RwSignal::new("50 123 4567".to_owned());
    let code = RwSignal::new("471".to_owned());
    let (proof, password) = (Proof::new(), RwSignal::new("correct horse".to_owned()));
    proof.kept.set(true);
    let name = RwSignal::new(s("نورة العتيبي", "Noura Al Otaibi").to_owned());
    let error = Signal::derive(move || {
        Some(
            s(
                "الرقم غير صحيح. تأكد من آخر خانة.",
                "This number is not valid. Check the last digit.",
            )
            .to_owned(),
        )
    });
    view! {
        <Field label=s("رقم الجوال", "Mobile") hint=s("نرسل رمزًا من 6 أرقام", "We send a code of 6 digits") let:id>
            <PhoneInput id=id value=phone/>
        </Field>
        <Field label=s("رمز التحقق", "One-time code") let:id>
            <CodeInput id=id length=6 value=code on_full=Callback::new(move |_| toast(s("اكتمل الرمز", "The code is complete")))/>
        </Field>
        <Field label=move || proof.label() hint=move || proof.hint() let:field>
            <ProofInput field=field proof=proof/>
        </Field>
        <Field label=s("كلمة المرور", "Password") let:id>
            <PasswordInput id=id value=password autocomplete="off"/>
        </Field>
        <Field label=s("اسم صاحب البطاقة", "Name on card") optional=true let:id>
            <input id=id class="input" autocomplete="cc-name" bind:value=name/>
        </Field>
        <Field label=s("رقم الهوية", "National ID") error=error let:id>
            <span class="input"><input id=id dir="ltr" inputmode="numeric" value="1000000000"/></span>
        </Field>
        <Field label=s("ثمن القطعة", "Part price") let:id>
            <span class="input money-in">
                <input id=id inputmode="decimal" value="85.00"/>
                <span class="affix">{msg::currency()}</span>
            </span>
        </Field>
        <label class="input search">
            <Icon name="search"/>
            <input type="search" placeholder=s("ابحث عن خدمة", "Search services") aria-label=s("بحث", "Search")/>
        </label>
        <Field label=s("سبب الإلغاء", "Reason") let:id>
            <select id=id class="input">
                <option>{s("تغيّرت ظروفي", "My plans changed")}</option>
                <option>{s("وجدت حلًّا آخر", "I found another way")}</option>
            </select>
        </Field>
        <Field label=s("ملاحظة للفنّي", "Note for the technician") optional=true let:id>
            <textarea id=id class="input" rows="3"></textarea>
        </Field>
    }
    .into_any()
}

fn choice() -> AnyView {
    let when = RwSignal::new("now");
    let all = RwSignal::new(true);
    let stars = RwSignal::new(Some(4_u8));
    view! {
        <Seg
            label=s("الموعد", "Time")
            value=when
            items=vec![("now", s("الآن", "Now").to_owned()), ("slot", s("في موعد", "Schedule").to_owned())]
        />
        <div class="chips">
            <button type="button" class="chip" aria-pressed=move || all.get().to_string() on:click=move |_| all.update(|a| *a = !*a)>
                <span>{s("الكل", "All")}</span>" "<span class="n">"24"</span>
            </button>
            <button type="button" class="chip" aria-pressed="false"><Icon name="air-vent"/>{s("تكييف", "AC")}</button>
            <button type="button" class="chip" aria-pressed="false"><Icon name="droplets"/>{s("سباكة", "Plumbing")}</button>
        </div>
        <div>
            <label class="check"><input type="checkbox" checked/><span>{s("أوافق على الشروط", "I accept the terms")}</span></label>
            <label class="check"><input type="radio" name="kind" checked/><span>{s("شركة", "Company")}</span></label>
            <label class="check"><input type="radio" name="kind"/><span>{s("فرد", "Individual")}</span></label>
        </div>
        <label class="flex between">
            <span>{s("صوت التنبيه", "Alarm sound")}</span>
            <input type="checkbox" role="switch" class="switch" checked/>
        </label>
        <StarPicker value=stars/>
    }
    .into_any()
}

fn tabs() -> AnyView {
    let tab = RwSignal::new("people");
    let items = vec![
        Tab::new("people", s("المرشّحون", "Candidates")).counted(5),
        Tab::new("story", s("القصّة", "Story")),
        Tab::new("price", s("السعر", "Price")),
    ];
    let words = move || match tab.get() {
        "people" => s(
            "خمسة فنّيين حول حيّ الملقا.",
            "Five technicians around Al Malqa.",
        ),
        "story" => s(
            "حُجز 3:35 م وأُسند 3:38 م.",
            "Booked 3:35 PM, assigned 3:38 PM.",
        ),
        _ => s("الإجمالي 242.00 ر.س، محجوز.", "Total SAR 242.00, held."),
    };
    view! {
        <div>
            <Tabs items=items value=tab label=s("أجزاء العمل", "Parts of the job") panel="gallery-panel"/>
            <div id="gallery-panel" role="tabpanel" tabindex="0" aria-label=s("أجزاء العمل", "Parts of the job")>
                <p class="meta">{words}</p>
            </div>
        </div>
    }
    .into_any()
}
