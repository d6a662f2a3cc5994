//! Which script a letter belongs to: one table of blocks, and the profiles in which parts of the program read it.

/// A script, as far as the program distinguishes them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Script {
    /// Latin.
    Latin,
    /// Cyrillic.
    Cyrillic,
    /// Armenian.
    Armenian,
    /// Arabic.
    Arabic,
    /// Georgian.
    Georgian,
    /// Greek.
    Greek,
    /// Any other script, and everything that is not a letter.
    Other,
}

impl Script {
    /// The number of scripts.
    pub const COUNT: usize = 7;

    /// Returns the script of a letter by its block (Unicode, Blocks.txt), presentation forms included.
    #[inline]
    pub const fn of(letter: char) -> Script {
        match letter as u32 {
            0x41..=0x5A | 0x61..=0x7A | 0xAA | 0xB5 | 0xBA | 0xC0..=0x2AF => Script::Latin,
            0x1E00..=0x1EFF | 0xFF21..=0xFF5A => Script::Latin,
            0x370..=0x3FF | 0x1F00..=0x1FFF => Script::Greek,
            0x400..=0x52F | 0x1C80..=0x1C8F => Script::Cyrillic,
            0x530..=0x58F => Script::Armenian,
            0x10A0..=0x10FF | 0x1C90..=0x1CBF | 0x2D00..=0x2D2F => Script::Georgian,
            0x600..=0x6FF | 0x750..=0x77F | 0xFB50..=0xFDFF | 0xFE70..=0xFEFF => Script::Arabic,
            _ => Script::Other,
        }
    }

    /// Returns the script of a letter as fingerprints of version 2 have it: the IPA Extensions (such as ə) and µ are
    /// not Latin. A change needs a new version of fingerprints.
    #[inline]
    pub const fn of_fingerprint(letter: char) -> Script {
        match letter {
            '\u{250}'..='\u{2AF}' | 'µ' => Script::Other,
            _ => Script::of(letter),
        }
    }

    /// Returns the script of a folded letter of a word as the lexicon's index has it: by basic blocks alone, since
    /// folded letters are in no others, with digits and everything else before Greek counted as Latin.
    #[inline(always)]
    pub const fn of_folded(code: u32) -> Script {
        match code {
            0..0x370 => Script::Latin,
            0x370..0x400 => Script::Greek,
            0x400..0x530 => Script::Cyrillic,
            0x530..0x590 => Script::Armenian,
            0x600..0x700 => Script::Arabic,
            0x10A0..0x1100 => Script::Georgian,
            _ => Script::Other,
        }
    }

    /// Returns the English name of the script.
    pub const fn name(self) -> &'static str {
        match self {
            Script::Latin => "Latin",
            Script::Cyrillic => "Cyrillic",
            Script::Armenian => "Armenian",
            Script::Arabic => "Arabic",
            Script::Georgian => "Georgian",
            Script::Greek => "Greek",
            Script::Other => "other",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_have_one_script_but_for_what_the_profiles_say() {
        let check = |letters: &str, script: Script| {
            for letter in letters.chars() {
                assert_eq!(Script::of(letter), script, "{letter}");
                assert_eq!(Script::of_fingerprint(letter), script, "{letter}");
                assert_eq!(Script::of_folded(u32::from(letter)), script, "{letter}");
            }
        };
        check("azAZàžğıƏ", Script::Latin);
        check("аяёїҐ", Script::Cyrillic);
        check("աֆև", Script::Armenian);
        check("აჰ", Script::Georgian);
        check("ابی", Script::Arabic);
        check("αΩ", Script::Greek);
        check("中", Script::Other);
        assert_eq!((Script::of('ə'), Script::of_fingerprint('ə')), (Script::Latin, Script::Other));
        assert_eq!((Script::of('7'), Script::of_folded(u32::from('7'))), (Script::Other, Script::Latin));
    }
}
