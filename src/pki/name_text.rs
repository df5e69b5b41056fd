//! Preparation of strings for comparison in names (RFC 5280 7.1, RFC 4518, with the profile of caseIgnoreMatch).

use unicode_normalization::UnicodeNormalization;

/// RFC 4518 section 2: map, normalise, and handle insignificant spaces; transcoding went before. Characters that the
/// standard prohibits are kept: they then differ, and nothing is refused for them.
pub(crate) fn prepare(text: &str) -> String {
    if text.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ') {
        return spaces(&text.to_ascii_lowercase());
    }
    let mapped: String = text.chars().filter_map(map).collect();
    // 2.2 folds case "for characters that have one", 2.3 then gives form KC; folding again catches what KC made.
    let normal: String = mapped.nfkc().collect::<String>().to_lowercase().nfkc().collect();
    spaces(&normal)
}

/// RFC 4518 2.2: what maps to nothing and what to a space.
fn map(c: char) -> Option<char> {
    match c {
        '\u{09}'..='\u{0D}' | '\u{85}' | '\u{A0}' | '\u{1680}' | '\u{2000}'..='\u{200A}' => Some(' '),
        '\u{2028}' | '\u{2029}' | '\u{202F}' | '\u{205F}' | '\u{3000}' => Some(' '),
        '\u{00}'..='\u{08}' | '\u{0E}'..='\u{1F}' | '\u{7F}'..='\u{84}' | '\u{86}'..='\u{9F}' => None,
        '\u{AD}' | '\u{34F}' | '\u{6DD}' | '\u{70F}' | '\u{1806}' | '\u{180B}'..='\u{180E}' => None,
        '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2063}' => None,
        '\u{206A}'..='\u{206F}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFC}' => None,
        '\u{1D173}'..='\u{1D17A}' | '\u{E0001}' | '\u{E0020}'..='\u{E007F}' => None,
        other => Some(other),
    }
}

/// RFC 4518 2.6.1: spaces at the ends go, runs of them become one.
fn spaces(text: &str) -> String {
    text.split(' ').filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use crate::pki::name_text::prepare;

    #[test]
    fn what_is_equal_to_the_standard_becomes_equal() {
        for (one, other) in [
            ("Example  Root ", "example root"),
            ("示例\u{3000}机构", "示例 机构"),
            ("Ａｃｍｅ", "acme"),
            ("A\u{200B}c\u{AD}me\u{7}", "acme"),
            ("Ünïcode", "u\u{308}nI\u{308}CODE"),
            ("\u{212B}ngström", "ångström"),
        ] {
            assert_eq!(prepare(one), prepare(other), "{one:?}");
        }
        assert_ne!(prepare("示例机构"), prepare("示例 机构"));
        assert_ne!(prepare("acme"), prepare("аcme"), "Cyrillic a is no Latin a");
    }
}
