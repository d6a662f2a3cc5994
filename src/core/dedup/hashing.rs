//! Hashes of letters, which are stored in fingerprints, and a hasher for keys that are hashes already.

use std::hash::{BuildHasherDefault, Hasher};

// FNV-1a over code points (Fowler, Noll, Vo; RFC 9923), finished by a multiplication that spreads the high bits.

/// The start of a hash of letters.
pub(super) const SEED: u64 = 0xcbf2_9ce4_8422_2325;

#[inline]
pub(super) fn step(hash: u64, letter: char) -> u64 {
    (hash ^ u64::from(u32::from(letter))).wrapping_mul(0x0000_0100_0000_01b3)
}

#[inline]
pub(super) fn finish(hash: u64) -> u64 {
    let hash = (hash ^ (hash >> 32)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    hash ^ (hash >> 29)
}

/// Returns the upper half of the finished hash.
pub(super) fn hash32(letters: impl Iterator<Item = char>) -> u32 {
    let hash = finish(letters.fold(SEED, step));
    u32::try_from(hash >> 32).unwrap_or_default()
}

/// Keys are hashes already; one multiplication spreads them.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct SpreadHasher(u64);

/// For maps whose keys are hashes or small numbers that nobody can choose at will.
pub(super) type Spread = BuildHasherDefault<SpreadHasher>;

impl Hasher for SpreadHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u32(&mut self, value: u32) {
        self.write_u64(u64::from(value));
    }

    fn write_i64(&mut self, value: i64) {
        self.write_u64(value.cast_unsigned());
    }

    fn write_u64(&mut self, value: u64) {
        let mixed = (self.0 ^ value).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        self.0 = mixed ^ (mixed >> 32);
    }
}
