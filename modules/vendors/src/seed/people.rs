use super::random::Random;
use super::{CategorySkills, joined};
use anyhow::{Context, ensure};
use kernel::{Slug, Text};
use serde::Deserialize;
use std::collections::BTreeSet;

#[derive(Deserialize)]
struct File {
    male: Vec<First>,
    female: Vec<First>,
    family: Vec<Family>,
    company: Vec<CompanyName>,
}

#[derive(Deserialize)]
struct First {
    #[serde(flatten)]
    name: Text,
    origins: Vec<String>,
}

#[derive(Deserialize)]
struct Family {
    #[serde(flatten)]
    name: Text,
    origin: String,
}

#[derive(Deserialize)]
struct CompanyName {
    #[serde(flatten)]
    name: Text,
    categories: Vec<Slug>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gender {
    Male,
    Female,
}

/// A company and what its name suits, as positions in the list of categories.
pub(super) struct Company {
    pub name: Text,
    pub categories: Vec<usize>,
}

/// Names to be given, and those already given.
pub(super) struct Names {
    file: File,
    given: BTreeSet<String>,
    /// Pairs of categories that some company name has together.
    related: BTreeSet<(usize, usize)>,
}

/// Where technicians come from, in percent.
const ORIGINS: [(&str, usize); 5] = [
    ("saudi", 22),
    ("egyptian", 22),
    ("yemeni", 16),
    ("south-asian", 30),
    ("filipino", 10),
];

pub(super) fn origin(random: &mut Random) -> &'static str {
    let mut left = random.below(100);
    for (origin, percent) in ORIGINS {
        if left < percent {
            return origin;
        }
        left -= percent;
    }
    ORIGINS[0].0
}

impl Names {
    pub(super) fn read(toml: &str) -> anyhow::Result<Self> {
        let file: File = toml::from_str(toml).context("the names can't be read")?;
        for (origin, _) in ORIGINS {
            let any = |list: &[First]| {
                list.iter()
                    .any(|first| first.origins.iter().any(|known| known == origin))
            };
            ensure!(
                any(&file.male)
                    && any(&file.female)
                    && file.family.iter().any(|family| family.origin == origin),
                "no names of origin {origin}"
            );
        }
        Ok(Self {
            file,
            given: BTreeSet::new(),
            related: BTreeSet::new(),
        })
    }

    /// The companies in a random order, none of whose categories is unknown.
    pub(super) fn companies(
        &mut self,
        random: &mut Random,
        categories: &[CategorySkills],
    ) -> Vec<Company> {
        let position = |slug: &Slug| categories.iter().position(|(known, _)| known == slug);
        let mut companies: Vec<Company> = self
            .file
            .company
            .iter()
            .filter_map(|company| {
                let categories: Option<Vec<usize>> =
                    company.categories.iter().map(position).collect();
                Some(Company {
                    name: company.name.clone(),
                    categories: categories.filter(|list| !list.is_empty())?,
                })
            })
            .collect();
        for company in &companies {
            for a in &company.categories {
                for b in &company.categories {
                    self.related.insert((*a, *b));
                }
            }
        }
        random.shuffle(&mut companies);
        companies
    }

    /// Whether one firm may well do both.
    pub(super) fn related(&self, a: usize, b: usize) -> bool {
        self.related.contains(&(a, b))
    }

    /// A full name whose parts share an origin; given once while the lists last.
    pub(super) fn person(&mut self, random: &mut Random, gender: Gender, origin: &str) -> Text {
        let first: Vec<&Text> = match gender {
            Gender::Male => &self.file.male,
            Gender::Female => &self.file.female,
        }
        .iter()
        .filter(|first| first.origins.iter().any(|known| known == origin))
        .map(|first| &first.name)
        .collect();
        let family: Vec<&Text> = self
            .file
            .family
            .iter()
            .filter(|family| family.origin == origin)
            .map(|family| &family.name)
            .collect();
        let mut name = Text::default();
        for _ in 0..50 {
            let (first, family) = (*random.pick(&first), *random.pick(&family));
            name = joined(first, family);
            if self.given.insert(name.en.clone()) {
                break;
            }
        }
        name
    }
}
