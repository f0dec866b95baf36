//! Pieces that more than one screen shows, and the rules behind them.

pub mod another_code;
pub mod cancel;
pub mod card;
pub mod extra;
pub mod finish;
pub mod ground;
pub mod headline;
pub mod legal;
pub mod new_card;
pub mod pay;
pub mod place_form;
pub mod place_sheet;
pub mod price;
pub mod quote;
pub mod rate;
pub mod search;
pub mod slots;
pub mod step_up;
pub mod story;
pub mod technician;
pub mod track_map;
pub mod words;
