//! Names of months and times of day in the languages whose feeds write them out. The forms are those of the Unicode
//! CLDR (wide and abbreviated, in a date and alone), cut to the prefixes that distinguish the months of a language.

/// Returns the month, 1 to 12, that a word in lower case names.
pub(super) fn month(word: &str) -> Option<i8> {
    let word = word.trim_end_matches('.');
    MONTHS.iter().find_map(|language| {
        language.iter().zip(1_i8..).find_map(|(stems, month)| {
            stems
                .split(' ')
                .any(|stem| word.starts_with(stem) && word.chars().count() <= stem.chars().count() + ENDING)
                .then_some(month)
        })
    })
}

/// How much longer than its stem a form may be: the `tember` of September, the `ային` of an Armenian adjective.
const ENDING: usize = 8;

/// For each language the prefixes of the twelve months. If two languages share a prefix, the earlier line wins.
const MONTHS: [[&str; 12]; 19] = [
    // English.
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
    // Russian.
    ["янв", "фев", "мар", "апр", "мая май", "июн", "июл", "авг", "сен", "окт", "ноя", "дек"],
    // Ukrainian.
    ["січ", "лют", "бер", "кві", "тра", "чер", "лип", "сер", "вер", "жов", "лис", "гру"],
    // Georgian.
    ["იან", "თებ", "მარ", "აპრ", "მაი", "ივნ", "ივლ", "აგვ", "სექ", "ოქტ", "ნოე", "დეკ"],
    // Armenian: հունվար and հունիս, հուլիս share a prefix.
    [
        "հունվ հնվ",
        "փետ փտվ",
        "մար մրտ",
        "ապր",
        "մայ մյս",
        "հունի հնս",
        "հուլ հլս",
        "օգո օգս",
        "սեպ",
        "հոկ",
        "նոյ",
        "դեկ",
    ],
    // Azerbaijani.
    ["yan", "fev", "mart", "apr", "may", "iyn iyun", "iyl iyul", "avq", "sen", "okt", "noy", "dek"],
    // Turkish.
    ["oca", "şub sub", "mar", "nis", "may", "haz", "tem", "ağu agu", "eyl", "eki", "kas", "ara"],
    // German, with Austria's Jänner.
    ["jän jän", "feb", "mär mar mrz", "apr", "mai", "jun", "jul", "aug", "sep", "okt", "nov", "dez"],
    // French.
    ["janv", "fév fev", "mars", "avr", "mai", "juin", "juil", "aoû aou", "sept", "oct", "nov", "déc dec"],
    // Spanish and Portuguese.
    ["ene", "feb fev", "mar", "abr", "may mai", "jun", "jul", "ago", "sep set", "oct out", "nov", "dic dez"],
    // Italian.
    ["gen", "feb", "mar", "apr", "mag", "giu", "lug", "ago", "set", "ott", "nov", "dic"],
    // Polish.
    ["sty", "lut", "mar", "kwi", "maj", "cze", "lip", "sie", "wrz", "paź", "lis", "gru"],
    // Belarusian.
    ["сту", "лют", "сак", "кра", "тра", "чэр", "ліп", "жні", "вер", "кас", "ліс", "сне"],
    // Persian, of the Gregorian calendar.
    ["ژانو", "فور", "مارس", "آور", "مه می", "ژوئن", "ژوئی جولا", "اوت آگو", "سپت", "اکت", "نوامبر", "دسامبر"],
    // Arabic, of Egypt and the Gulf.
    [
        "يناير",
        "فبراير",
        "مارس",
        "أبريل ابريل",
        "مايو",
        "يونيو",
        "يوليو",
        "أغسطس اغسطس",
        "سبتمبر",
        "أكتوبر اكتوبر",
        "نوفمبر",
        "ديسمبر",
    ],
    // Kazakh.
    ["қаң", "ақп", "нау", "сәу", "мам", "мау", "шіл", "там", "қыр", "қаз", "қар", "жел"],
    // Greek, in both cases of grammar and with and without accents.
    [
        "ιαν",
        "φεβ",
        "μαρ μάρ",
        "απρ",
        "μαΐ μαϊ μάι μαι",
        "ιουν ιούν",
        "ιουλ ιούλ",
        "αυγ αύγ",
        "σεπ",
        "οκτ",
        "νοε νοέ",
        "δεκ",
    ],
    // Hungarian, where it differs from those above.
    ["jan", "feb", "már", "ápr", "máj", "jún", "júl", "aug", "szept", "okt", "nov", "dec"],
    // Romanian.
    ["ian", "feb", "mar", "apr", "mai", "iun", "iul", "aug", "sept", "oct", "noi", "dec"],
];

/// Returns whether a word in lower case puts the hour before it in the first or second half of the day.
pub(super) fn half_of_day(word: &str) -> Option<bool> {
    match word {
        "am" | "a.m" | "a.m." => Some(false),
        "pm" | "p.m" | "p.m." => Some(true),
        _ => None,
    }
}

/// Returns whether a word in lower case is noon.
pub(super) fn is_noon(word: &str) -> bool {
    NOON.contains(&word.trim_end_matches('.'))
}

const NOON: [&str; 21] = [
    "noon",
    "midday",
    "mittag",
    "mittags",
    "midi",
    "mediodía",
    "mediodia",
    "mezzogiorno",
    "полдень",
    "полудень",
    "опівдні",
    "поўдзень",
    "öğle",
    "öğlen",
    "günorta",
    "կեսօր",
    "կեսօրին",
    "შუადღე",
    "შუადღეს",
    "południe",
    "amiază",
];

/// Returns whether a word in lower case gives a time that is not read: midnight, which may begin the day or end it, a part
/// of the day, or an hour in words.
pub(super) fn speaks_of_a_time(word: &str) -> bool {
    let word = word.trim_end_matches('.');
    TIMES_IN_WORDS.iter().any(|stem| word.starts_with(stem))
}

const TIMES_IN_WORDS: [&str; 79] = [
    // English, German, French, Spanish, Italian, Portuguese, Polish, Romanian.
    "midnight",
    "morning",
    "evening",
    "afternoon",
    "night",
    "tonight",
    "o'clock",
    "before",
    "after",
    "day",
    "dst",
    "half",
    "quarter",
    "past",
    "mitternacht",
    "morgens",
    "vormittag",
    "nachmittag",
    "abend",
    "nacht",
    "halb",
    "viertel",
    "minuit",
    "matin",
    "après-midi",
    "soir",
    "nuit",
    "medianoche",
    "mañana",
    "tarde",
    "noche",
    "mezzanotte",
    "mattina",
    "pomeriggio",
    "sera",
    "notte",
    "meia-noite",
    "manhã",
    "noite",
    "północ",
    "rano",
    "wieczor",
    "dimineaț",
    "seara",
    "noaptea",
    // Russian, Ukrainian, Belarusian.
    "полноч",
    "утр",
    "вечер",
    "ночь",
    "ночи",
    "пополудни",
    "опівноч",
    "північ",
    "ранк",
    "вечор",
    "вночі",
    "поўнач",
    // Turkish and Azerbaijani.
    "gece",
    "sabah",
    "akşam",
    "gecə",
    "öğled",
    "günortad",
    "popołud",
    "odpoled",
    "dopoled",
    "səhər",
    "axşam",
    // Armenian, Georgian, Greek, Arabic, Persian.
    "կեսգիշեր",
    "առավոտ",
    "երեկոյ",
    "գիշեր",
    "შუაღამ",
    "დილ",
    "საღამ",
    "ღამ",
    "μεσάνυχτα",
    "مساء",
    "صباح",
];

/// Returns whether a word in lower case names a day of the week, in the languages of the months.
pub(super) fn is_day_of_the_week(word: &str) -> bool {
    DAYS_OF_THE_WEEK.iter().any(|stem| word.starts_with(stem))
}

/// Stems of the days of the week, of languages that write them with a capital or after the time.
const DAYS_OF_THE_WEEK: [&str; 78] = [
    // English, German, French, Italian, Spanish.
    "mon", "tue", "wed", "thu", "fri", "sat", "sun", "dien", "mitt", "don", "frei", "sam", "son", "lun", "mar", "mer",
    "jeu", "ven", "dim", "mié", "mie", "jue", "vie", "sáb", "sab", "dom", "gio",
    // Turkish, Azerbaijani, Polish, Hungarian.
    "paz", "sal", "çar", "per", "cum", "bazar", "çərş", "cüm", "şən", "pon", "wto", "śro", "czw", "pią", "sob", "nie",
    "hét", "ked", "sze", "csü", "pén", "szo", "vas", // Russian, Ukrainian, Belarusian, Kazakh.
    "пон", "вто", "сре", "чет", "пят", "суб", "вос", "вів", "сер", "п'я", "пʼя", "нед", "пан", "аўт", "чац", "няд",
    "дүй", "сей", "бей", "жұм", "сен", // Armenian and Greek.
    "երկ", "երե", "չոր", "հին", "ուրբ", "կիր", "δευ",
];

/// Returns whether a word in lower case speaks of a time zone that it does not name alone: `Pacific Standard Time`,
/// `по московскому времени`.
pub(super) fn speaks_of_a_zone(word: &str) -> bool {
    ["time", "standard", "daylight", "времени", "время", "часом", "zeit", "ortszeit", "saatiyle", "vaxtı", "vaxtilə"]
        .contains(&word)
        || ["դրությամբ", "ժամանակով", "დროით"].contains(&word)
}

/// Returns the offset of a named time zone, in minutes east of Greenwich.
///
/// The names of RFC 822 (5.1), and those of Europe and of North and West Asia by the IANA time zone database. Of names
/// with several meanings: AMT is Armenia's, GST the Gulf's, IST India's.
pub(super) fn zone(name: &str) -> Option<i16> {
    let quarters: i16 = match name {
        "ut" | "utc" | "gmt" | "z" | "wet" | "uct" | "zulu" => 0,
        "cet" | "bst" | "west" | "met" | "mez" => 4,
        "eet" | "cest" | "mest" | "mesz" | "msz" | "kalt" => 8,
        "msk" | "мск" | "trt" | "eest" | "idt" | "fet" => 12,
        "irst" => 14,
        "msd" | "amt" | "azt" | "get" | "gst" | "samt" => 16,
        "irdt" => 18,
        "amst" | "azst" | "yekt" | "pkt" | "uzt" | "tmt" => 20,
        "ist" => 22,
        "omst" | "almt" | "kgt" => 24,
        "novt" | "krat" | "ict" | "wib" => 28,
        "irkt" | "hkt" | "sgt" | "awst" => 32,
        "jst" | "kst" | "yakt" => 36,
        "vlat" | "aest" => 40,
        "magt" | "aedt" | "sakt" => 44,
        "pett" | "nzst" => 48,
        "nzdt" => 52,
        "brt" | "art" | "adt" => -12,
        "ast" | "edt" => -16,
        "est" | "cdt" => -20,
        "cst" | "mdt" => -24,
        "mst" | "pdt" => -28,
        "pst" | "akdt" => -32,
        "akst" => -36,
        "hst" => -40,
        _ => return None,
    };
    Some(quarters * 15)
}
