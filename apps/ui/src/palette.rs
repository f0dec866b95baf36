use crate::overlay::{on_backdrop, show_while};
use crate::{Icon, Kbd, fresh_id, msg};
use leptos::ev::KeyboardEvent;
use leptos::html;
use leptos::prelude::*;

/// A command or a thing to go to.
#[derive(Debug, Clone, PartialEq)]
pub struct PaletteItem {
    pub id: String,
    pub group: String,
    pub icon: &'static str,
    pub label: String,
    /// More words to be found by, not shown.
    pub also: String,
    pub keys: Vec<&'static str>,
}

const MOST: usize = 30;

/// Every word of the query begins a word of the item; Arabic spellings are united.
fn matches(item: &PaletteItem, query: &str) -> bool {
    let folded = kernel::fold(&format!("{} {} {}", item.label, item.group, item.also));
    kernel::fold(query)
        .split(' ')
        .all(|part| folded.split(' ').any(|word| word.starts_with(part)))
}

/// Items in their order, those of a group together.
fn found(items: &[PaletteItem], query: &str) -> Vec<PaletteItem> {
    let mut found: Vec<PaletteItem> = items
        .iter()
        .filter(|item| matches(item, query))
        .take(MOST)
        .cloned()
        .collect();
    let mut groups: Vec<String> = Vec::new();
    for item in &found {
        if !groups.contains(&item.group) {
            groups.push(item.group.clone());
        }
    }
    found.sort_by_key(|item| groups.iter().position(|group| *group == item.group));
    found
}

/// The command palette: a text field over a list, all from the keyboard. `query` may be watched to
/// offer more items for what is typed.
#[component]
pub fn Palette(
    open: RwSignal<bool>,
    #[prop(into)] items: Signal<Vec<PaletteItem>>,
    #[prop(into)] on_pick: Callback<String>,
    #[prop(optional, into)] query: Option<RwSignal<String>>,
) -> impl IntoView {
    let query = query.unwrap_or_else(|| RwSignal::new(String::new()));
    let at = RwSignal::new(0_usize);
    let dialog = NodeRef::<html::Dialog>::new();
    show_while(dialog, open);
    Effect::new(move |_| {
        if open.get() {
            query.set(String::new());
            at.set(0);
        }
    });
    let shown = Memo::new(move |_| items.with(|items| query.with(|q| found(items, q))));
    let pick = move |index: usize| {
        if let Some(item) = shown.with_untracked(|s| s.get(index).cloned()) {
            open.set(false);
            on_pick.run(item.id);
        }
    };
    let list = fresh_id("palette");
    let option_id = {
        let list = list.clone();
        move |index: usize| format!("{list}-{index}")
    };
    let keys = move |event: KeyboardEvent| {
        let count = shown.with_untracked(Vec::len);
        match event.key().as_str() {
            "ArrowDown" if count > 0 => at.update(|at| *at = (*at + 1) % count),
            "ArrowUp" if count > 0 => at.update(|at| *at = at.checked_sub(1).unwrap_or(count - 1)),
            "Enter" if !event.is_composing() => pick(at.get_untracked()),
            _ => return,
        }
        event.prevent_default();
    };
    let active = {
        let option_id = option_id.clone();
        move || shown.with(|s| (at.get() < s.len()).then(|| option_id(at.get())))
    };
    let rows = move || {
        let mut group = String::new();
        shown
            .get()
            .into_iter()
            .enumerate()
            .map(|(index, item)| {
                let head = (item.group != group).then(|| {
                    group.clone_from(&item.group);
                    view! { <div class="g" role="presentation">{item.group}</div> }
                });
                let keys = item
                    .keys
                    .into_iter()
                    .map(|k| view! { <Kbd>{k}</Kbd> })
                    .collect_view();
                view! {
                    {head}
                    <div
                        class="row"
                        role="option"
                        id=option_id(index)
                        aria-selected=move || (at.get() == index).to_string()
                        on:click=move |_| pick(index)
                        on:pointermove=move |_| if at.get_untracked() != index { at.set(index) }
                    >
                        <Icon name=item.icon/>
                        <span class="grow">{item.label}</span>
                        <span class="keys">{keys}</span>
                    </div>
                }
            })
            .collect_view()
    };
    view! {
        <dialog
            class="palette"
            aria-label=msg::palette_title()
            node_ref=dialog
            on:close=move |_| open.set(false)
            on:click=move |event| if on_backdrop(&event) { open.set(false) }
        >
            <div class="q">
                <Icon name="search"/>
                <input
                    type="text"
                    role="combobox"
                    autocomplete="off"
                    spellcheck="false"
                    autofocus=true
                    aria-label=msg::palette_field()
                    placeholder=msg::palette_field()
                    aria-expanded="true"
                    aria-controls=list.clone()
                    aria-autocomplete="list"
                    aria-activedescendant=active
                    prop:value=move || query.get()
                    on:input:target=move |event| { query.set(event.target().value()); at.set(0) }
                    on:keydown=keys
                />
                <Kbd>"Esc"</Kbd>
            </div>
            <div class="list" role="listbox" id=list aria-label=msg::palette_title()>{rows}</div>
            <p class="micro none" role="status">
                {move || shown.with(|s| if s.is_empty() { msg::palette_none().to_owned() } else { msg::palette_found(s.len() as i64) })}
            </p>
        </dialog>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(id: &str, group: &str, label: &str, also: &str) -> PaletteItem {
        PaletteItem {
            id: id.into(),
            group: group.into(),
            icon: "search",
            label: label.into(),
            also: also.into(),
            keys: vec![],
        }
    }

    #[test]
    fn words_are_found_by_their_beginnings_in_any_order() {
        let items = [
            item("a", "أعمال", "JB-48244 تسرّب في الملقا", "ناصر"),
            item("b", "أوامر", "وسّع البحث", "widen"),
            item("c", "أعمال", "JB-48310 تكييف", ""),
        ];
        let ids = |query: &str| -> Vec<String> {
            found(&items, query).into_iter().map(|i| i.id).collect()
        };
        assert_eq!(ids(""), ["a", "c", "b"], "groups stay together");
        assert_eq!(ids("jb"), ["a", "c"]);
        assert_eq!(ids("الملقا تسرب"), ["a"]);
        assert_eq!(ids("48310"), ["c"]);
        assert_eq!(ids("٤٨٣١٠"), ["c"]);
        assert_eq!(ids("wid"), ["b"]);
        assert!(ids("zzz").is_empty());
    }
}
