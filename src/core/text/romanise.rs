//! Words of other alphabets in Latin letters, for names of things in files. Plain and lossy: one table a letter.

/// Letters with their Latin letters: Cyrillic, Armenian, Georgian. After the passport standards of the countries, as
/// far as one letter can follow them without a look at its neighbours.
const LETTERS: &[(&str, &[&str])] = &[
    (
        "абвгдеёжзийклмнопрстуфхцчшщъыьэюяіїєґў",
        &[
            "a", "b", "v", "g", "d", "e", "yo", "zh", "z", "i", "y", "k", "l", "m", "n", "o", "p", "r", "s", "t", "u",
            "f", "kh", "ts", "ch", "sh", "shch", "", "y", "", "e", "yu", "ya", "i", "yi", "ye", "g", "w",
        ],
    ),
    (
        "աբգդեզէըթժիլխծկհձղճմյնշոչպջռսվտրցւփքօֆև",
        &[
            "a", "b", "g", "d", "e", "z", "e", "y", "t", "zh", "i", "l", "kh", "ts", "k", "h", "dz", "gh", "ch", "m",
            "y", "n", "sh", "o", "ch", "p", "j", "r", "s", "v", "t", "r", "ts", "v", "p", "k", "o", "f", "ev",
        ],
    ),
    (
        "აბგდევზთიკლმნოპჟრსტუფქღყშჩცძწჭხჯჰ",
        &[
            "a", "b", "g", "d", "e", "v", "z", "t", "i", "k", "l", "m", "n", "o", "p", "zh", "r", "s", "t", "u", "p",
            "k", "gh", "q", "sh", "ch", "ts", "dz", "ts", "ch", "kh", "j", "h",
        ],
    ),
    ("əıöüçşğñâîû", &["a", "i", "o", "u", "ch", "sh", "g", "n", "a", "i", "u"]),
];

/// Returns a word in Latin letters, with capitals where it has them. Letters without an entry are kept.
pub fn romanise(word: &str) -> String {
    let mut out = String::with_capacity(word.len());
    for c in word.chars() {
        let small = c.to_lowercase().next().unwrap_or(c);
        let latin = LETTERS.iter().find_map(|(letters, latin)| {
            letters.chars().position(|letter| letter == small).and_then(|n| latin.get(n)).copied()
        });
        match latin {
            Some(latin) if small != c => {
                let mut letters = latin.chars();
                out.extend(letters.next().into_iter().flat_map(char::to_uppercase));
                out.extend(letters);
            }
            Some(latin) => out.push_str(latin),
            None => out.push(c),
        }
    }
    out
}

/// Returns an id of a name: small Latin letters and digits, joined by hyphens.
pub fn id_of(name: &str) -> String {
    let latin = romanise(name).to_lowercase();
    let words = latin.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<&str>>().join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_get_latin_letters_and_ids() {
        let check = |name: &str, latin: &str, id: &str| {
            assert_eq!((romanise(name).as_str(), id_of(name).as_str()), (latin, id), "{name}");
        };
        check("Иванова Роща", "Ivanova Roshcha", "ivanova-roshcha");
        check("Գետաշեն", "Getashen", "getashen");
        check("ფოთი", "poti", "poti");
        check("Şəhər Günü", "Shahar Gunu", "shahar-gunu");
        check("O'Neill & Sons", "O'Neill & Sons", "o-neill-sons");
    }
}
