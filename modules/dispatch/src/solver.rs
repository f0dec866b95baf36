//! The assignment problem: each row gets at most one column, each column goes to at most one
//! row, at minimum total cost. Shortest augmenting paths with potentials, O(rows² × columns):
//! R. Jonker and A. Volgenant, "A shortest augmenting path algorithm for dense and sparse linear
//! assignment problems", Computing 38 (1987).

const INFINITE: i64 = i64::MAX / 4;

/// The column of each row, `None` where leaving the row out is cheaper or nothing is allowed.
///
/// `costs[row][column]` is `None` where the pair is forbidden; all rows are equally long.
/// `leave[row]` is what it costs to leave a row out. The same input gives the same answer:
/// equals go to the earlier column.
pub fn assign(costs: &[Vec<Option<i64>>], leave: &[i64]) -> Vec<Option<usize>> {
    let rows = costs.len();
    let columns = costs.first().map_or(0, Vec::len);
    debug_assert!(costs.iter().all(|row| row.len() == columns) && leave.len() == rows);
    // Behind the real columns each row has one of its own, which stands for leaving it out; so
    // every row finds a path. Position 0 of every array is the root of the search.
    let all = columns + rows;
    let cost = |row: usize, column: usize| match column.checked_sub(columns) {
        None => costs[row][column].unwrap_or(INFINITE),
        Some(own) if own == row => leave[row],
        Some(_) => INFINITE,
    };
    let (mut row_price, mut column_price) = (vec![0_i64; rows + 1], vec![0_i64; all + 1]);
    let mut owner = vec![0_usize; all + 1];
    for row in 1..=rows {
        let (mut nearest, mut before) = (vec![INFINITE; all + 1], vec![0_usize; all + 1]);
        let mut seen = vec![false; all + 1];
        let mut at = 0;
        owner[0] = row;
        while owner[at] != 0 {
            seen[at] = true;
            let from = owner[at];
            let (mut step, mut next) = (INFINITE, 0);
            for column in (1..=all).filter(|&column| !seen[column]) {
                let price = cost(from - 1, column - 1);
                if price < INFINITE {
                    let reduced = price - row_price[from] - column_price[column];
                    if reduced < nearest[column] {
                        (nearest[column], before[column]) = (reduced, at);
                    }
                }
                if nearest[column] < step {
                    (step, next) = (nearest[column], column);
                }
            }
            for column in 0..=all {
                if seen[column] {
                    row_price[owner[column]] += step;
                    column_price[column] -= step;
                } else if nearest[column] < INFINITE {
                    nearest[column] -= step;
                }
            }
            at = next;
        }
        while at != 0 {
            owner[at] = owner[before[at]];
            at = before[at];
        }
    }
    let mut chosen = vec![None; rows];
    for column in (1..=columns).filter(|&column| owner[column] != 0) {
        chosen[owner[column] - 1] = Some(column - 1);
    }
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn price(costs: &[Vec<Option<i64>>], leave: &[i64], chosen: &[Option<usize>]) -> i64 {
        (0..costs.len())
            .map(|row| match chosen[row] {
                Some(column) => costs[row][column].expect("a forbidden pair was chosen"),
                None => leave[row],
            })
            .sum()
    }

    /// Tries everything.
    fn cheapest(
        costs: &[Vec<Option<i64>>],
        leave: &[i64],
        row: usize,
        taken: &mut Vec<bool>,
    ) -> i64 {
        if row == costs.len() {
            return 0;
        }
        let mut best = leave[row] + cheapest(costs, leave, row + 1, taken);
        for column in 0..taken.len() {
            if let (false, Some(cost)) = (taken[column], costs[row][column]) {
                taken[column] = true;
                best = best.min(cost + cheapest(costs, leave, row + 1, taken));
                taken[column] = false;
            }
        }
        best
    }

    fn problem() -> impl Strategy<Value = (Vec<Vec<Option<i64>>>, Vec<i64>)> {
        (0_usize..=5, 0_usize..=5).prop_flat_map(|(rows, columns)| {
            let cell = prop_oneof![1 => Just(None), 4 => (-50_i64..200).prop_map(Some)];
            (
                prop::collection::vec(prop::collection::vec(cell, columns), rows),
                prop::collection::vec(prop_oneof![-20_i64..300, Just(1_000_000)], rows),
            )
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]
        #[test]
        fn as_cheap_as_trying_everything((costs, leave) in problem()) {
            let chosen = assign(&costs, &leave);
            let columns = costs.first().map_or(0, Vec::len);
            let best = cheapest(&costs, &leave, 0, &mut vec![false; columns]);
            prop_assert_eq!(price(&costs, &leave, &chosen), best);
            let mut used: Vec<_> = chosen.iter().flatten().collect();
            used.sort_unstable();
            let before = used.len();
            used.dedup();
            prop_assert_eq!(used.len(), before, "a column was given twice");
            prop_assert_eq!(assign(&costs, &leave), chosen, "not repeatable");
        }
    }

    #[test]
    fn equals_go_to_the_earlier_column() {
        let costs = vec![vec![Some(3), Some(3), Some(3)]];
        assert_eq!(assign(&costs, &[100]), [Some(0)]);
    }

    #[test]
    fn together_beats_one_after_the_other() {
        // Row 0 alone would take column 0 and leave row 1 with nothing.
        let costs = vec![vec![Some(1), Some(2)], vec![Some(1), None]];
        assert_eq!(assign(&costs, &[100, 100]), [Some(1), Some(0)]);
    }

    #[test]
    fn a_row_without_columns_is_left_out() {
        assert_eq!(assign(&[vec![], vec![]], &[1, 1]), [None, None]);
        assert_eq!(assign(&[vec![None, Some(7)]], &[5]), [None]);
        assert_eq!(assign(&[], &[]), [] as [Option<usize>; 0]);
    }
}
