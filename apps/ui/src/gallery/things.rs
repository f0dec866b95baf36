use super::{Spec, before, now, s};
use crate::{
    Amount, Bar, Button, DeviceRows, Empty, FieldTrouble, Icon, Kind, Note, Qr, Receipt,
    ReceiptLine, Skeleton, SkeletonRows, Sla, Stars, TroubleNote, format, msg, toast,
};
use client::{Trouble, TroubleKind};
use contract_identity::SessionLine;
use kernel::{FieldError, Money, SessionId};
use leptos::prelude::*;

pub(super) fn view() -> AnyView {
    view! {
        <Spec id="money" title=s("المال", "Money")>{money()}</Spec>
        <Spec id="rows" title=s("الصفوف", "Rows")>{rows()}</Spec>
        <Spec id="devices" title=s("الأجهزة", "Devices")>{devices()}</Spec>
        <Spec id="numbers" title=s("الأرقام والأوقات", "Numbers and times")>{numbers()}</Spec>
        <Spec id="notes" title=s("ملاحظات", "Notes")>{notes()}</Spec>
        <Spec id="troubles" title=s("خطأ، انقطاع", "Trouble, offline")>{troubles()}</Spec>
        <Spec id="loading" title=s("تحميل", "Loading")>
            <div class="card"><Skeleton lines=3/></div>
            <div class="card flush"><SkeletonRows n=2/></div>
            <Bar value=0.64 label=s("رفع الصورة", "Photo upload")/>
        </Spec>
        <Spec id="empty" title=s("فارغ", "Empty")>
            <div class="card">
                <Empty
                    title=s("لا حجوزات بعد", "No bookings yet")
                    text=s("حين تحجز، تتابع الفنّي والوعد والمبلغ من هنا.", "When you book, follow the technician, the promise and the money here.")
                >
                    <Button kind=Kind::Primary>{s("احجز أول خدمة", "Book a first service")}</Button>
                </Empty>
            </div>
        </Spec>
    }
    .into_any()
}

fn money() -> AnyView {
    let line = |label: &'static str, why: Option<&'static str>, halalas: i64| ReceiptLine {
        label: label.to_owned(),
        why: why.map(str::to_owned),
        amount: Money::from_halalas(halalas),
    };
    let lines = vec![
        line(
            s("كشف وإصلاح مكيّف سبليت", "Split AC, check and repair"),
            None,
            18_000,
        ),
        line(
            s("وحدتان إضافيتان", "Two more units"),
            Some(s("40.00 لكل وحدة", "40.00 each")),
            8_000,
        ),
        line(
            s("رسم المنصّة", "Platform fee"),
            Some(s("ثابت لكل حجز", "The same for every booking")),
            3_000,
        ),
        line(s("خصم باقتك", "Your plan"), None, -4_800),
    ];
    let total = Money::from_halalas(24_200);
    view! {
        <div class="flex wrap base">
            <Amount value=Money::from_riyals(90) whole=true/>
            <Amount value=total/>
            <Amount value=total class="lg"/>
            <Amount value=total class="xl"/>
            <Amount value=Money::from_halalas(-3_600)/>
        </div>
        <Receipt lines=lines total=total vat=total.vat_inside(kernel::VAT_BASIS_POINTS)/>
        <Qr text="AQ9LaGlkbWEgUGxhdGZvcm0CDzMxMDEyMjM5MzUwMDAwMwMUMjAyNi0xMi0wM1QxMzowMjowMFoEBjI0Mi4wMAUFMzEuNTc="/>
    }
    .into_any()
}

fn rows() -> AnyView {
    view! {
        <div class="card flush rows">
            <a href="#rows" class="row">
                <span class="glyph"><Icon name="wrench"/></span>
                <span class="grow">
                    <span class="t">{s("إصلاح تسرّب", "Leak repair")}</span>
                    <span class="s">{s("حيّ الورود، أمس", "Al Wurud, yesterday")}</span>
                </span>
                <span class="end"><Amount value=Money::from_halalas(14_000)/></span>
                <Icon name="chevron-right" class="flip"/>
            </a>
            <div class="row">
                <span class="avatar" aria-hidden="true">
                    {s("ن ق", "NQ")}<span class="ok"><Icon name="check"/></span>
                </span>
                <span class="grow">
                    <span class="t">{s("ناصر القحطاني", "Nasser Al Qahtani")}</span>
                    <span class="s"><Stars value=4.8/></span>
                </span>
                <span class="num meta">{format::phone("+9665••••4567")}</span>
            </div>
        </div>
    }
    .into_any()
}

fn devices() -> AnyView {
    let line = |device: &str, minutes: i64, current: bool| SessionLine {
        id: SessionId::new(),
        device: device.to_owned(),
        created_at: before(minutes + 1_440),
        last_used_at: before(minutes),
        ends_at: now() + kernel::days(30),
        current,
    };
    let lines = vec![
        line("Chrome, Windows", 0, true),
        line("Safari, iPhone", 42, false),
        line("", 9_000, false),
    ];
    let said = Callback::new(|_| toast(msg::device_ended()));
    view! { <DeviceRows lines=lines on_end=said/> }.into_any()
}

fn numbers() -> AnyView {
    let at = now();
    let line = |what: &'static str, value: String| {
        view! { <div><dt>{what}</dt><dd><bdi>{value}</bdi></dd></div> }
    };
    view! {
        <dl class="stack sm facts-list">
            {line(s("وقت للعميل", "Time, customers"), format::clock12(at))}
            {line(s("وقت للموظّف", "Time, staff"), format::clock24_seconds(at))}
            {line(s("نافذة زيارة", "Visit window"), format::slot(before(2), at + kernel::minutes(118)))}
            {line(s("يوم", "Day"), format::date(at, at))}
            {line(s("هجري", "Hijri"), format::hijri(at))}
            {line(s("بعد قليل", "Soon"), format::relative(at + kernel::minutes(2), at))}
            {line(s("قبل قليل", "Just now"), format::relative(before(11), at))}
            {line(s("غدًا", "Tomorrow"), format::when(at + kernel::hours(17), at))}
            {line(s("مدّة", "Duration"), format::duration(80))}
            {line(s("مسافة", "Distance"), format::distance(340.0))}
            {line(s("أبعد", "Further"), format::distance(4_234.0))}
            {line(s("مبلغ في جملة", "Money in a sentence"), format::money(Money::from_halalas(124_205)))}
        </dl>
    }
    .into_any()
}

fn notes() -> AnyView {
    view! {
        <Note icon="info">{s("المبلغ محجوز ولم يُخصم. يُخصم حين تقبل العمل.", "The amount is held, not charged. It is charged when you accept the work.")}</Note>
        <Note sla=Sla::Watch>
            <b>{s("مضى نصف الوقت.", "Half the time is gone.")}</b>" "
            {s("محمد على بُعد 19 دقيقة.", "Mohammed is 19 minutes away.")}
        </Note>
        <Note sla=Sla::Risk>{s("سيتأخّر محمد نحو 10 دقائق عن وعدنا. إن حدث، يعود إليك 36.00 ر.س.", "Mohammed will be about 10 minutes late. If so, SAR 36.00 comes back to you.")}</Note>
        <Note class="brand" icon="shield-check">{s("تأخّرنا 6 دقائق، فأُعيد إليك 36.00 ر.س.", "We were 6 minutes late, so SAR 36.00 came back to you.")}</Note>
    }
    .into_any()
}

fn trouble(kind: TroubleKind, detail: &str, request_id: Option<&str>) -> Signal<Option<Trouble>> {
    Signal::stored(Some(Trouble {
        kind,
        code: "gallery.sample".into(),
        detail: detail.into(),
        field: Some("pin".into()),
        fields: vec![FieldError {
            field: "pin".into(),
            code: "location.outside_zones".into(),
            detail: s(
                "هذا الموقع خارج أحيائنا.",
                "This place is outside our districts.",
            )
            .into(),
        }],
        data: Default::default(),
        request_id: request_id.map(str::to_owned),
    }))
}

fn troubles() -> AnyView {
    let again = move || toast(msg::try_again());
    view! {
        <div class="offline"><Icon name="wifi-off"/><span>{msg::offline_bar()}</span></div>
        <TroubleNote
            trouble=trouble(TroubleKind::Refused, s("البنك رفض الحجز. لم يُخصم شيء. جرّب بطاقة أخرى، أو اتصل ببنكك.", "The bank declined the hold. Nothing was charged. Try another card or call your bank."), None)
        />
        <TroubleNote
            trouble=trouble(TroubleKind::Offline, s("بلا اتصال. لم يُرسل شيء. تحقّق من الشبكة ثم أعد المحاولة.", "Offline. Nothing was sent. Check your connection and try again."), None)
            on_retry=again
        />
        <TroubleNote
            trouble=trouble(TroubleKind::Broken, s("تعذّر الحفظ من جهتنا. لم يتغيّر شيء. أعد المحاولة.", "We couldn't save this. Nothing changed. Try again."), Some("REQ-7F3K"))
            on_retry=again
        />
        <FieldTrouble trouble=trouble(TroubleKind::Refused, "", None) field="pin"/>
    }
    .into_any()
}
