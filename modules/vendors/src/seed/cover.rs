//! Who serves what and where: greedy, each firm takes what the city lacks most.

use super::DENSITY_TARGET;
use super::people::Names;
use super::random::Random;
use kernel::Text;

/// A vendor in the making. Categories and zones are positions in their lists.
pub(super) struct Firm {
    /// A freelancer goes by the owner's name.
    pub name: Option<Text>,
    pub freelancer: bool,
    pub tier: &'static str,
    pub categories: Vec<usize>,
    pub zones: Vec<usize>,
}

/// Fewest and most categories of one vendor.
const MIN_CATEGORIES: usize = 2;
const MAX_CATEGORIES: usize = 4;

impl Firm {
    pub(super) fn company(name: Text, categories: Vec<usize>, index: usize) -> Self {
        Self {
            name: Some(name),
            freelancer: false,
            tier: ["growth", "premium", "growth", "basic"][index % 4],
            categories,
            zones: Vec::new(),
        }
    }

    pub(super) fn freelancer(index: usize) -> Self {
        Self {
            name: None,
            freelancer: true,
            tier: if index.is_multiple_of(3) {
                "growth"
            } else {
                "basic"
            },
            categories: Vec::new(),
            zones: Vec::new(),
        }
    }

    fn wanted_categories(&self, random: &mut Random) -> usize {
        match (self.freelancer, self.tier) {
            (true, _) | (_, "basic") => 2,
            (_, "growth") => 2 + random.below(2),
            _ => 3 + random.below(2),
        }
    }

    fn wanted_zones(&self, random: &mut Random) -> usize {
        match self.tier {
            "basic" => 1,
            "growth" => 2 + random.below(2),
            _ => usize::MAX,
        }
    }
}

/// How many firms serve each category in each zone.
struct Counts {
    cells: Vec<Vec<u32>>,
}

impl Counts {
    fn of(firms: &[Firm], categories: usize, zones: usize) -> Self {
        let mut cells = vec![vec![0; zones]; categories];
        for firm in firms {
            for category in &firm.categories {
                for zone in &firm.zones {
                    cells[*category][*zone] += 1;
                }
            }
        }
        Self { cells }
    }

    fn category(&self, category: usize) -> u32 {
        self.cells[category].iter().sum()
    }

    /// What these categories lack in a zone.
    fn lack(&self, categories: &[usize], zone: usize) -> u32 {
        categories
            .iter()
            .map(|category| DENSITY_TARGET.saturating_sub(self.cells[*category][zone]))
            .sum()
    }
}

/// Gives every firm its categories and zones, then mends what is still below the target where a
/// firm has room.
pub(super) fn cover(
    firms: &mut [Firm],
    categories: usize,
    zones: usize,
    names: &Names,
    random: &mut Random,
) {
    for index in 0..firms.len() {
        let counts = Counts::of(&firms[..index], categories, zones);
        let wanted = firms[index].wanted_categories(random).min(categories);
        if firms[index].categories.is_empty() {
            let neediest =
                (0..categories).min_by_key(|category| (counts.category(*category), *category));
            firms[index].categories.extend(neediest);
        }
        // Trades related to the firm's own, the neediest first; an unrelated one only for want of a
        // second.
        let own = firms[index].categories.clone();
        while firms[index].categories.len() < wanted {
            let held = &firms[index].categories;
            let next = (0..categories)
                .filter(|category| !held.contains(category))
                .map(|category| {
                    (
                        !own.iter().any(|known| names.related(*known, category)),
                        category,
                    )
                })
                .min_by_key(|(foreign, category)| {
                    (*foreign, counts.category(*category), *category)
                });
            match next {
                Some((foreign, category)) if !foreign || held.len() < MIN_CATEGORIES => {
                    firms[index].categories.push(category);
                }
                _ => break,
            }
        }
        let wanted = firms[index].wanted_zones(random).min(zones);
        let mut order: Vec<usize> = (0..zones).collect();
        random.shuffle(&mut order);
        order.sort_by_key(|zone| std::cmp::Reverse(counts.lack(&firms[index].categories, *zone)));
        firms[index].zones.extend(order.into_iter().take(wanted));
        firms[index].zones.sort_unstable();
    }
    mend(firms, categories, zones, names);
}

fn mend(firms: &mut [Firm], categories: usize, zones: usize, names: &Names) {
    for category in 0..categories {
        for zone in 0..zones {
            while Counts::of(firms, categories, zones).cells[category][zone] < DENSITY_TARGET {
                // A firm of the trade from the next zone, else a neighbour that learns the trade.
                let further = firms.iter().position(|firm| {
                    !firm.freelancer
                        && firm.categories.contains(&category)
                        && !firm.zones.contains(&zone)
                });
                if let Some(index) = further {
                    firms[index].zones.push(zone);
                    firms[index].zones.sort_unstable();
                    continue;
                }
                let has_room = |firm: &Firm| {
                    !firm.freelancer
                        && firm.zones.contains(&zone)
                        && !firm.categories.contains(&category)
                        && firm.categories.len() < MAX_CATEGORIES
                };
                let related = |firm: &Firm| {
                    firm.categories
                        .iter()
                        .any(|known| names.related(*known, category))
                };
                let learner = firms
                    .iter()
                    .position(|firm| has_room(firm) && related(firm))
                    .or_else(|| firms.iter().position(has_room));
                match learner {
                    Some(index) => firms[index].categories.push(category),
                    // Too few vendors for the city: what they can do is done.
                    None => break,
                }
            }
        }
    }
}
