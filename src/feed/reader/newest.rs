//! The newest items of a document, as many as are wanted, however many it has.

use super::raw::RawItem;

/// Takes the items of a document one by one, and keeps the newest.
#[derive(Debug, Default)]
pub(in crate::feed) struct NewestItems<'a> {
    limit: usize,
    /// Twice as many as are wanted, at most.
    items: Vec<RawItem<'a>>,
    left_out: usize,
}

impl<'a> NewestItems<'a> {
    pub(in crate::feed) fn new(limit: usize) -> NewestItems<'a> {
        NewestItems { limit: limit.max(1), items: Vec::new(), left_out: 0 }
    }

    pub(in crate::feed) fn push(&mut self, item: RawItem<'a>) {
        self.items.push(item);
        if self.items.len() >= self.limit.saturating_mul(2) {
            self.drop_oldest();
        }
    }

    /// Takes the items of another list after its own.
    pub(in crate::feed) fn append(&mut self, other: NewestItems<'a>) {
        self.left_out += other.left_out;
        self.extend(other.items);
    }

    /// Returns how many items were taken.
    pub(in crate::feed) fn seen(&self) -> usize {
        self.items.len() + self.left_out
    }

    /// Returns the newest items in the order of the document, and how many were left out.
    pub(in crate::feed) fn finish(mut self) -> (Vec<RawItem<'a>>, usize) {
        self.drop_oldest();
        (self.items, self.left_out)
    }

    /// Drops what exceeds the limit. Items are as old as they say; one without a date is as old as the one before it,
    /// since feeds list the newest first; of items of the same age the first are kept.
    fn drop_oldest(&mut self) {
        let Some(excess) = self.items.len().checked_sub(self.limit).filter(|excess| *excess > 0) else { return };
        let mut age = None;
        let mut by_age: Vec<_> = (0..)
            .zip(&self.items)
            .map(|(place, item): (usize, _)| {
                age = item.published.or(item.updated).or(age);
                (age.map(std::cmp::Reverse), place)
            })
            .collect();
        by_age.sort_unstable();
        let mut is_kept = vec![false; self.items.len()];
        by_age.iter().take(self.limit).for_each(|(_, place)| is_kept[*place] = true);
        let mut kept = is_kept.into_iter();
        self.items.retain(|_| kept.next().unwrap_or_default());
        self.left_out += excess;
    }
}

impl<'a> Extend<RawItem<'a>> for NewestItems<'a> {
    fn extend<I: IntoIterator<Item = RawItem<'a>>>(&mut self, items: I) {
        items.into_iter().for_each(|item| self.push(item));
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    #[test]
    fn the_newest_items_are_kept_in_the_order_of_the_document() {
        let check = |dates: &[Option<i64>], limit: usize, expected: &[usize]| {
            let mut newest = NewestItems::new(limit);
            newest.extend(dates.iter().enumerate().map(|(place, date)| RawItem {
                id: Some(place.to_string().into()),
                published: date.map(|date| Timestamp::from_second(date).unwrap()),
                ..RawItem::default()
            }));
            assert_eq!(newest.seen(), dates.len());
            let (items, left_out) = newest.finish();
            let places: Vec<usize> = items.iter().map(|item| item.id.as_deref().unwrap().parse().unwrap()).collect();
            assert_eq!((places.as_slice(), left_out), (expected, dates.len() - expected.len()), "{dates:?}");
        };
        check(&[Some(1), Some(2)], 3, &[0, 1]);
        // The oldest first, as some feeds have it.
        check(&[Some(1), Some(2), Some(3), Some(4), Some(5), Some(6), Some(7)], 2, &[5, 6]);
        check(&[Some(7), Some(6), Some(5), Some(4), Some(3), Some(2), Some(1)], 2, &[0, 1]);
        check(&[None, None, None, None, None, None], 2, &[0, 1]);
        check(&[Some(3), None, Some(9), None, Some(1)], 2, &[2, 3]);
        check(&[Some(4), Some(4), Some(4)], 1, &[0]);
        check(&[], 2, &[]);
    }
}
