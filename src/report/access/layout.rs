//! Where the nodes and edges of a graph of two columns go. In: the edges. Out: an order of both columns in which few edges
//! cross, and for every node its place and a port for each of its edges, so that no two edges begin or end together.

/// How often the columns are ordered by each other.
const ROUNDS: usize = 8;
/// Height between two ports.
pub const PORT: usize = 22;
/// Least height of a node.
const LEAST: usize = 40;
/// Space between two nodes.
const GAP: usize = 14;

/// A node in its column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Which one: the number that edges have for it.
    pub id: usize,
    /// Its upper edge.
    pub top: usize,
    /// Its height.
    pub height: usize,
}

/// An edge by the heights of its ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edge {
    /// Where it leaves the left column.
    pub from: usize,
    /// Where it reaches the right column.
    pub to: usize,
}

/// A graph in place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// The left column from the top.
    pub left: Vec<Node>,
    /// The right column from the top.
    pub right: Vec<Node>,
    /// The edges in the order given.
    pub edges: Vec<Edge>,
    /// The height of the higher column.
    pub height: usize,
}

/// Lays out the nodes that the edges name, and on the right also those of `0..tables` that none does.
pub fn layout(edges: &[(usize, usize)], tables: usize) -> Layout {
    let mut left: Vec<usize> = edges.iter().map(|(from, _)| *from).collect();
    left.sort_unstable();
    left.dedup();
    let mut right: Vec<usize> = (0..tables).collect();
    let ends = |side: usize| edges.iter().map(move |edge| if side == 0 { *edge } else { (edge.1, edge.0) });
    for _ in 0..ROUNDS {
        let before = (left.clone(), right.clone());
        order(&mut right, &left, &ends(1).collect::<Vec<_>>());
        order(&mut left, &right, &ends(0).collect::<Vec<_>>());
        if before == (left.clone(), right.clone()) {
            break;
        }
    }
    let degree = |side: usize, id: usize| ends(side).filter(|(own, _)| *own == id).count();
    let (mut left, left_height) = column(&left, |id| degree(0, id));
    let (mut right, right_height) = column(&right, |id| degree(1, id));
    let height = left_height.max(right_height);
    let (down, up) = ((height - left_height) / 2, (height - right_height) / 2);
    left.iter_mut().for_each(|node| node.top += down);
    right.iter_mut().for_each(|node| node.top += up);
    let (from, to) =
        (ports(&left, &right, &ends(0).collect::<Vec<_>>()), ports(&right, &left, &ends(1).collect::<Vec<_>>()));
    let edges = from.into_iter().zip(to).map(|(from, to)| Edge { from, to }).collect();
    Layout { left, right, edges, height }
}

/// Orders a column by the mean place of the neighbours; what has none keeps its place.
fn order(column: &mut Vec<usize>, other: &[usize], edges: &[(usize, usize)]) {
    // In thousandths of a place, so that no rounding decides the order.
    let place = |id: usize| other.iter().position(|known| *known == id).unwrap_or(0) * 1000;
    let mean = |at: usize, id: usize| {
        let places: Vec<usize> = edges.iter().filter(|(own, _)| *own == id).map(|(_, end)| place(*end)).collect();
        if places.is_empty() { at * 1000 } else { places.iter().sum::<usize>() / places.len() }
    };
    let mut keyed: Vec<(usize, usize)> = column.iter().enumerate().map(|(at, id)| (mean(at, *id), *id)).collect();
    keyed.sort_by_key(|(mean, _)| *mean);
    *column = keyed.into_iter().map(|(_, id)| id).collect();
}

fn column(ids: &[usize], degree: impl Fn(usize) -> usize) -> (Vec<Node>, usize) {
    let mut top = 0;
    let mut nodes = Vec::new();
    for id in ids {
        let height = LEAST.max(degree(*id) * PORT);
        nodes.push(Node { id: *id, top, height });
        top += height + GAP;
    }
    (nodes, top.saturating_sub(GAP))
}

/// The height of each edge's own end: the ports of a node are in the order of the other ends.
fn ports(column: &[Node], other: &[Node], edges: &[(usize, usize)]) -> Vec<usize> {
    let rank = |id: usize| other.iter().position(|node| node.id == id).unwrap_or(0);
    let mut heights = vec![0; edges.len()];
    for node in column {
        let mut own: Vec<usize> =
            (0..edges.len()).filter(|at| edges.get(*at).is_some_and(|edge| edge.0 == node.id)).collect();
        own.sort_by_key(|at| edges.get(*at).map_or(0, |edge| rank(edge.1)));
        let first = node.top + (node.height - own.len() * PORT) / 2 + PORT / 2;
        for (port, at) in own.into_iter().enumerate() {
            if let Some(height) = heights.get_mut(at) {
                *height = first + port * PORT;
            }
        }
    }
    heights
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crossings_are_undone_and_ports_are_apart() {
        // Crossed as numbered: the order of the tables turns round.
        let found = layout(&[(0, 2), (1, 1), (2, 0)], 4);
        let ids = |nodes: &[Node]| nodes.iter().map(|node| node.id).collect::<Vec<_>>();
        let at = |nodes: &[Node], id: usize| ids(nodes).iter().position(|known| *known == id).unwrap_or(9);
        for (a, b) in [((0, 2), (1, 1)), ((1, 1), (2, 0))] {
            let left = at(&found.left, a.0) < at(&found.left, b.0);
            let right = at(&found.right, a.1) < at(&found.right, b.1);
            assert_eq!(left, right, "{found:?}");
        }
        let full: Vec<(usize, usize)> = (0..3).flat_map(|from| (0..3).map(move |to| (from, to))).collect();
        let found = layout(&full, 3);
        let mut from: Vec<usize> = found.edges.iter().map(|edge| edge.from).collect();
        from.sort_unstable();
        from.dedup();
        assert_eq!(from.len(), 9);
        assert!(found.edges.iter().all(|edge| edge.from < found.height && edge.to < found.height));
    }

    #[test]
    fn nothing_is_laid_out_too() {
        assert_eq!(layout(&[], 0), Layout { left: vec![], right: vec![], edges: vec![], height: 0 });
    }
}
