//! One short tone for a breach nobody has taken; off until somebody switches it on.

use crate::keep;
use leptos::prelude::*;
use web_sys::{AudioContext, OscillatorType};

thread_local! {
    static AUDIO: std::cell::RefCell<Option<AudioContext>> = const { std::cell::RefCell::new(None) };
}

pub fn is_on() -> bool {
    keep::load("sound").unwrap_or(false)
}

/// Switching it on plays the tone once: to hear how loud it is, and because a browser lets a page
/// sound only after its user did something.
pub fn switch(on: RwSignal<bool>) {
    on.update(|on| *on = !*on);
    let on = on.get_untracked();
    keep::save("sound", &on);
    if on {
        tone();
    }
}

pub fn tone() {
    AUDIO.with_borrow_mut(|audio| {
        if audio.is_none() {
            *audio = AudioContext::new().ok();
        }
        if let Some(audio) = audio {
            // A browser that refuses stays silent; the alarm is on the screen all the same.
            let _ = audio.resume();
            let _ = play(audio);
        }
    });
}

/// Two soft notes, a third of a second in all.
fn play(audio: &AudioContext) -> Result<(), wasm_bindgen::JsValue> {
    let start = audio.current_time();
    for (after, hertz) in [(0.0, 660.0), (0.16, 880.0)] {
        let note = audio.create_oscillator()?;
        let loudness = audio.create_gain()?;
        note.set_type(OscillatorType::Sine);
        note.frequency().set_value(hertz);
        let gain = loudness.gain();
        gain.set_value_at_time(0.0001, start + after)?;
        gain.exponential_ramp_to_value_at_time(0.2, start + after + 0.02)?;
        gain.exponential_ramp_to_value_at_time(0.0001, start + after + 0.16)?;
        note.connect_with_audio_node(&loudness)?;
        loudness.connect_with_audio_node(&audio.destination())?;
        note.start_with_when(start + after)?;
        note.stop_with_when(start + after + 0.18)?;
    }
    Ok(())
}
