//! What comes from outside, made as nasty as it gets, for the tests of whatever reads it: a committed
//! corpus of good and bad inputs, and what becomes of them when bytes are lost, doubled and mixed and
//! the JSON inside is bent.
//!
//! A fuzz target is a test called `fuzz_…` in the crate of the parser. It says what must hold of any
//! bytes, which is more than that nothing panics: what is taken is as it should be and prints back to
//! the same, what is refused is refused by name, and a long input takes no longer than its length.
//!
//! Every run tries the same cases. `FUZZ_SECONDS`, which `./khidma fuzz` sets, makes each target go on
//! for so long with ever new ones. A case that fails is made smaller and shown as the corpus would
//! hold it: put it there with the repair.

mod bend;
mod change;

use change::{Change, PIECES, change};
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestError, TestRng, TestRunner};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

const CORPUS: &str = include_str!("../corpus.json");

/// Made-up cases of each target in an ordinary run.
const CASES: u32 = 400;
/// Bytes of a short and of a long input whose costs are compared, and how many times more the long
/// one may cost: a parser that looks at every pair of bytes takes 256 times as long.
const SHORT: usize = 1024;
const LONG: usize = 16 * SHORT;
const DEARER: u32 = 64;
/// What costs less is not worth a measurement.
const CHEAP: Duration = Duration::from_micros(300);

/// One reader of outside input, by the name of its entries in the corpus.
#[derive(Debug, Clone)]
pub struct Target {
    name: String,
    seeds: Vec<Vec<u8>>,
}

impl Target {
    /// Panics where the corpus has no such entries.
    pub fn of(name: &str) -> Self {
        let texts: BTreeMap<String, Vec<String>> =
            serde_json::from_str(CORPUS).expect("the corpus is JSON: lists of texts by name");
        let texts = texts.get(name).map(Vec::as_slice).unwrap_or_default();
        assert!(!texts.is_empty(), "the corpus has no {name}");
        Self {
            name: name.to_owned(),
            seeds: texts.iter().map(|text| entry(text)).collect(),
        }
    }

    /// Another input to begin with: one that can't be committed, such as a token that was just made.
    pub fn and(mut self, seed: impl Into<Vec<u8>>) -> Self {
        self.seeds.push(seed.into());
        self
    }

    /// The corpus, and `each` changed ones of every entry; the same every time.
    pub fn cases(&self, each: usize) -> Vec<Vec<u8>> {
        let mut runner = TestRunner::new_with_rng(Config::default(), chance(0));
        let changes = prop::collection::vec(change(), 1..4);
        let mut cases = self.seeds.clone();
        for seed in &self.seeds {
            for _ in 0..each {
                let drawn = changes.new_tree(&mut runner);
                let changes = drawn.expect("nothing is filtered").current();
                cases.push(self.changed(seed, &changes));
            }
        }
        cases
    }

    /// Panics where `property` does for the corpus or anything made of it.
    pub fn check(&self, property: impl Fn(&[u8])) {
        for seed in &self.seeds {
            self.attempt(seed, &property);
        }
        let began = Instant::now();
        let long = seconds();
        for round in 0.. {
            self.round(round, &property);
            if long.is_none_or(|long| began.elapsed() >= long) {
                break;
            }
        }
    }

    fn attempt(&self, input: &[u8], property: &impl Fn(&[u8])) {
        let tried = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| property(input)));
        assert!(tried.is_ok(), "{}: {}", self.name, shown(input));
    }

    fn round(&self, round: u64, property: &impl Fn(&[u8])) {
        let config = Config {
            cases: CASES,
            max_shrink_iters: 2_000,
            failure_persistence: None,
            ..Config::default()
        };
        let mut runner = TestRunner::new_with_rng(config, chance(round));
        let made = (any::<Index>(), prop::collection::vec(change(), 1..6));
        let outcome = runner.run(&made, |(seed, changes)| {
            property(&self.changed(self.seed(&seed), &changes));
            Ok(())
        });
        if let Err(TestError::Fail(why, (seed, changes))) = outcome {
            let input = self.changed(self.seed(&seed), &changes);
            panic!("{}: {why}: {}", self.name, shown(&input));
        }
    }

    fn seed(&self, at: &Index) -> &[u8] {
        &self.seeds[at.index(self.seeds.len())]
    }

    fn changed(&self, seed: &[u8], changes: &[Change]) -> Vec<u8> {
        changes.iter().fold(seed.to_vec(), |bytes, change| {
            change.apply(bytes, &self.seeds)
        })
    }

    /// Panics where `work` takes more than its share for a long input: the entries of the corpus,
    /// each with itself and with every nasty piece repeated in its middle.
    pub fn is_linear<T>(&self, work: impl Fn(&[u8]) -> T) {
        for seed in &self.seeds {
            for piece in PIECES.iter().copied().chain([seed.as_slice()]) {
                if piece.is_empty() || seed.len() > LONG {
                    continue;
                }
                let grown = |bytes: usize| {
                    let (head, tail) = seed.split_at(seed.len() / 2);
                    [head, &piece.repeat(bytes / piece.len()), tail].concat()
                };
                let (short, long) = (grown(SHORT), grown(LONG));
                // Others use this machine too: what is linear looks so when it has the machine to
                // itself, what is not never does.
                let looks_linear = (0..5).any(|_| {
                    let most = CHEAP.max(cost(&work, &short)) * DEARER;
                    cost(&work, &long) <= most
                });
                assert!(looks_linear, "{}: slow for {}", self.name, shown(&short));
            }
        }
    }
}

fn cost<T>(work: &impl Fn(&[u8]) -> T, input: &[u8]) -> Duration {
    let began = Instant::now();
    std::hint::black_box(work(input));
    began.elapsed()
}

/// How long each target was asked to go on.
fn seconds() -> Option<Duration> {
    let text = std::env::var("FUZZ_SECONDS").ok()?;
    let seconds = text.parse().expect("FUZZ_SECONDS is a number");
    Some(Duration::from_secs(seconds))
}

/// The same draws in every run, others in each round.
fn chance(round: u64) -> TestRng {
    let mut seed = [7; 32];
    seed[..8].copy_from_slice(&(round ^ 7).to_le_bytes());
    TestRng::from_seed(RngAlgorithm::ChaCha, &seed)
}

/// `hex:…` are bytes, `repeat:5000:[` is a text many times, all else the text itself.
fn entry(text: &str) -> Vec<u8> {
    if let Some(digits) = text.strip_prefix("hex:") {
        return hex::decode(digits).expect("hex: and hexadecimal digits");
    }
    if let Some((times, piece)) = text.strip_prefix("repeat:").and_then(|t| t.split_once(':')) {
        let times = times.parse().expect("repeat:, a number and a text");
        return piece.repeat(times).into_bytes();
    }
    text.as_bytes().to_vec()
}

/// As the corpus would hold it.
fn shown(input: &[u8]) -> String {
    match std::str::from_utf8(input) {
        Ok(text) => serde_json::Value::from(text).to_string(),
        Err(_) => format!("\"hex:{}\"", hex::encode(input)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    fn caught(work: impl FnOnce()) -> String {
        let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work)).unwrap_err();
        panic.downcast_ref::<String>().unwrap().clone()
    }

    #[test]
    fn a_reader_that_breaks_is_caught_and_the_case_is_small() {
        // Two signs: only changed inputs have that.
        let brittle = |input: &[u8]| {
            let signs = input.iter().filter(|byte| **byte == b'+').count();
            assert!(signs < 2 || input.len() < 8, "broken");
        };
        let said = caught(|| Target::of("phones").check(brittle));
        assert!(
            said.starts_with("phones: ") && said.contains("broken"),
            "{said}"
        );
        assert!(said.len() < 200, "{said}");
    }

    #[test]
    fn a_reader_that_compares_all_with_all_is_caught() {
        let pairs = |input: &[u8]| {
            let same = |at: usize| input[at..].iter().filter(|b| **b == input[at]).count();
            assert!((0..input.len()).map(same).sum::<usize>() < usize::MAX);
        };
        let target = Target {
            name: "pairs".to_owned(),
            seeds: vec![b"ab".to_vec()],
        };
        assert!(caught(|| target.is_linear(pairs)).starts_with("pairs: slow"));
        target.is_linear(|input| assert!(input.iter().map(|b| usize::from(*b)).sum::<usize>() > 0));
    }

    #[test]
    fn runs_are_alike_and_cases_are_not() {
        let tried = |target: &Target| {
            let (count, sum) = (Cell::new(0_u32), Cell::new(0_u64));
            target.check(|input| {
                count.set(count.get() + 1);
                let bytes = input.iter().map(|byte| u64::from(*byte));
                sum.set(sum.get().wrapping_mul(31).wrapping_add(bytes.sum()));
            });
            (count.get(), sum.get())
        };
        let target = Target::of("moyasar").and("{}");
        if seconds().is_none() {
            assert_eq!(tried(&target), tried(&target));
            assert_eq!(tried(&target).0, CASES + target.seeds.len() as u32);
        }
        let mut cases = target.cases(4);
        assert_eq!(cases, target.cases(4));
        let all = cases.len();
        cases.sort();
        cases.dedup();
        assert!(cases.len() > all * 3 / 4, "{} of {all} differ", cases.len());
    }

    #[test]
    fn an_entry_is_read_as_it_is_shown() {
        for bytes in [&b"a\"\\\n"[..], b"\xff\x00", "٠".as_bytes()] {
            let text: String = serde_json::from_str(&shown(bytes)).unwrap();
            assert_eq!(entry(&text), bytes);
        }
        assert_eq!(entry("repeat:3:[:"), b"[:[:[:");
    }
}
