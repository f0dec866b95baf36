use super::*;
use crate::console::board::risk;
use crate::console::board::tests::{at, line};

#[test]
fn text_is_found_in_both_languages_and_any_spelling() {
    let job = line(1, JobState::Queued, &[]);
    for (text, found) in [
        ("", true),
        ("BK-1", true),
        ("مغسله", true),
        ("leak", true),
        ("  Leak  BASIN ", true),
        ("leak heater", false),
        ("الصحافة", true),
        ("sahafah bk-1", true),
    ] {
        let filter = Filter {
            text: text.to_owned(),
            ..Filter::default()
        };
        assert_eq!(filter.passes(&job, risk(&job, at(0))), found, "{text}");
    }
}

#[test]
fn groups_narrow_together_and_values_within_one_widen() {
    let queued = line(1, JobState::Queued, &[]);
    let working = line(2, JobState::InProgress, &[]);
    let passes = |filter: &Filter, job: &JobLine| filter.passes(job, risk(job, at(0)));
    let mut filter = Filter::without_technician();
    assert!(passes(&filter, &queued) && !passes(&filter, &working));
    filter.states = vec![JobState::InProgress];
    assert!(!passes(&filter, &queued) && !passes(&filter, &working));
    filter.unassigned = false;
    filter.states.push(JobState::Queued);
    assert!(passes(&filter, &queued) && passes(&filter, &working));
    filter.toggle_sla(Sla::Breach);
    assert!(!passes(&filter, &queued));
    filter.toggle_sla(Sla::Breach);
    assert!(passes(&filter, &queued));
}

#[test]
fn a_view_of_the_same_name_is_replaced() {
    let view = |filter| View {
        name: "شمال".to_owned(),
        filter,
    };
    let mut views = vec![view(Filter::default())];
    keep_view(&mut views, view(Filter::needs_somebody()));
    assert_eq!(views, [view(Filter::needs_somebody())]);
}

#[test]
fn a_row_keeps_its_place_on_the_screen_where_scrolling_allows() {
    // Ten rows of 35 in a window of 100.
    assert_eq!(anchored(70.0, 100.0, 35.0, 10, 4, 6), Some(140.0));
    assert_eq!(anchored(0.0, 100.0, 35.0, 10, 4, 2), None);
    assert_eq!(anchored(250.0, 100.0, 35.0, 10, 4, 5), None);
    assert_eq!(anchored(0.0, 500.0, 35.0, 10, 4, 5), None);
    assert_eq!(anchored(0.0, 500.0, 35.0, 10, 4, 4), Some(0.0));
}

#[test]
fn only_rows_in_sight_are_drawn() {
    assert_eq!(in_sight(0.0, 350.0, 35.0, 1000), (0, 23));
    assert_eq!(in_sight(3500.0, 350.0, 35.0, 1000), (94, 117));
    assert_eq!(in_sight(1e9, 350.0, 35.0, 10), (10, 10));
    assert_eq!(in_sight(0.0, 350.0, 35.0, 4), (0, 4));
}
