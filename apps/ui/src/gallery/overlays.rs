use super::{Spec, s};
use crate::{
    Amount, Button, Dialog, Icon, Kbd, Kind, Palette, PaletteItem, Sheet, msg, toast, toast_with,
};
use kernel::Money;
use leptos::prelude::*;

pub(super) fn view() -> AnyView {
    view! {
        <Spec id="overlays" title=s("حوار وورقة وإشعار", "Dialog, sheet, toast")>{overlays()}</Spec>
        <Spec id="palette" title=s("لوحة الأوامر", "Command palette")>{palette()}</Spec>
        <Spec id="table" title=s("جدول مدمج", "Compact table")>{table()}</Spec>
    }
    .into_any()
}

fn overlays() -> AnyView {
    let (dialog, sheet) = (RwSignal::new(false), RwSignal::new(false));
    let undo = move || {
        toast_with(
            s("أُسند إلى ناصر القحطاني", "Assigned to Nasser Al Qahtani"),
            msg::undo(),
            || {
                toast(s("أُلغي الإسناد", "Assignment undone"));
            },
        );
    };
    view! {
        <div class="flex wrap">
            <Button on_press=move || dialog.set(true)>{s("افتح الحوار", "Open the dialog")}</Button>
            <Button on_press=move || sheet.set(true)>{s("افتح الورقة", "Open the sheet")}</Button>
            <Button on_press=undo>{s("إشعار مع تراجع", "Toast with undo")}</Button>
        </div>
        <div class="toast">
            <Icon name="circle-check"/><span>{s("حُفظ المبلغ وبدأنا البحث", "The amount is held, we are looking")}</span>
            <button type="button">{s("عرض", "Show")}</button>
        </div>
        <Dialog open=dialog title=s("تلغي الحجز؟", "Cancel the booking?")>
            <p class="muted">
                {s("الفنّي في الطريق، فيُخصم رسم الزيارة 50.00 ر.س ويعود الباقي إلى بطاقتك.", "The technician is on the way: the visit fee of SAR 50.00 is charged, the rest goes back to your card.")}
            </p>
            <div class="btn-row">
                <Button on_press=move || dialog.set(false)>{s("أبقِ الحجز", "Keep it")}</Button>
                <Button kind=Kind::Danger on_press=move || dialog.set(false)>{s("ألغِ", "Cancel it")}</Button>
            </div>
        </Dialog>
        <Sheet open=sheet title=s("طلب فنّيك قطعة إضافية", "Your technician asks for a part")>
            <div class="flex between">
                <span>{s("مكثّف تشغيل 45 ميكروفاراد", "Run capacitor, 45 µF")}</span>
                <Amount value=Money::from_halalas(8_500)/>
            </div>
            <div class="btn-row">
                <Button on_press=move || sheet.set(false)>{s("لا أوافق", "Decline")}</Button>
                <Button kind=Kind::Primary on_press=move || sheet.set(false)>{s("أوافق وأحجز المبلغ", "Approve and hold it")}</Button>
            </div>
        </Sheet>
    }
    .into_any()
}

fn palette() -> AnyView {
    let open = RwSignal::new(false);
    let item =
        |id: &str, group: &'static str, icon, label: &'static str, keys: Vec<&'static str>| {
            PaletteItem {
                id: id.to_owned(),
                group: group.to_owned(),
                icon,
                label: label.to_owned(),
                also: String::new(),
                keys,
            }
        };
    let (commands, jobs) = (s("أوامر", "Commands"), s("أعمال", "Jobs"));
    let items = vec![
        item(
            "assign",
            commands,
            "user-round",
            s("أسنِد العمل المختار", "Assign the selected job"),
            vec!["1", "9"],
        ),
        item(
            "filter",
            commands,
            "list-filter",
            s("رشّح الطابور", "Filter the queue"),
            vec!["F"],
        ),
        item(
            "sound",
            commands,
            "bell",
            s("أوقف صوت التنبيه", "Turn the alarm sound off"),
            vec![],
        ),
        item(
            "48244",
            jobs,
            "wrench",
            s("BK-48244 تسرّب، حيّ الملقا", "BK-48244 leak, Al Malqa"),
            vec![],
        ),
        item(
            "48310",
            jobs,
            "air-vent",
            s("BK-48310 تكييف، حيّ النرجس", "BK-48310 AC, An Narjis"),
            vec![],
        ),
    ];
    view! {
        <Button on_press=move || open.set(true)>
            <Icon name="search" class="sm"/>{msg::palette_title()}<Kbd>"Ctrl K"</Kbd>
        </Button>
        <Palette open=open items=items on_pick=Callback::new(move |id: String| toast(id))/>
    }
    .into_any()
}

fn table() -> AnyView {
    let row = |selected: bool,
               sla: crate::Sla,
               left: &'static str,
               what: &'static str,
               amount: i64| {
        view! {
            <tr aria-selected=selected.to_string()>
                <td>
                    <span class="sla-tag" data-sla=sla.as_str()>
                        <crate::SlaGlyph sla=sla/><span class="vh">{sla.word()}" "</span><span class="num">{left}</span>
                    </span>
                </td>
                <td>{what}</td>
                <td class="n num">{crate::format::money_amount(Money::from_halalas(amount))}</td>
            </tr>
        }
    };
    view! {
        <div class="card flush table-wrap" data-density="compact" tabindex="0" role="region" aria-label=s("جدول", "Table")>
            <table class="table">
                <thead>
                    <tr>
                        <th scope="col" aria-sort="ascending">
                            <button type="button"><span>{s("الباقي", "Left")}</span><Icon name="chevron-up"/></button>
                        </th>
                        <th scope="col">{s("الخدمة", "Service")}</th>
                        <th scope="col" class="n">{s("المبلغ، ر.س", "Amount, SAR")}</th>
                    </tr>
                </thead>
                <tbody>
                    {row(false, crate::Sla::Breach, "+06:12", s("انقطاع كهرباء", "Power cut"), 124_000)}
                    {row(true, crate::Sla::Risk, "02:40", s("تسرّب", "Leak"), 9_050)}
                    {row(false, crate::Sla::Safe, "41:05", s("تنظيف مكيّف", "AC cleaning"), 18_000)}
                </tbody>
            </table>
        </div>
    }
    .into_any()
}
