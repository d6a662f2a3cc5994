//! What every mail wears: one table of 600 pixels, every style inline, no script, nothing fetched.
//!
//! Mail programs keep little of CSS: no custom properties, no grid, often no `style` element. What must hold stands inline; the dark colours are in
//! a `style` element, which the programs that know of dark schemes read (Apple Mail, Outlook for Mac and phones, Thunderbird).

use maud::{DOCTYPE, Markup, PreEscaped, html};

const FONT: &str = "font-family:-apple-system,'Segoe UI',Roboto,'Noto Sans',Arial,sans-serif";
const BODY: &str = "margin:0;padding:0;background-color:#f4f2ec;-webkit-text-size-adjust:100%";
// A fixed layout and breaks inside words: a table grows with its longest word otherwise, out of the screen of a phone.
const SHEET: &str = "width:100%;max-width:600px;table-layout:fixed;background-color:#ffffff;border-collapse:collapse";
const PAD: &str = "padding:24px 28px;word-wrap:break-word;overflow-wrap:break-word;word-break:break-word;";
pub(crate) const KICKER: &str =
    "margin:0;color:#8c2f1b;font-size:13px;line-height:20px;font-weight:bold;letter-spacing:0.5px";
pub(crate) const H1: &str = "margin:0;color:#1b1d21;font-size:26px;line-height:32px";
pub(crate) const H2: &str =
    "margin:28px 0 4px;padding:0 0 6px;border-bottom:2px solid #8c2f1b;color:#1b1d21;font-size:19px;line-height:25px";
pub(crate) const H3: &str = "margin:14px 0 2px;color:#1b1d21;font-size:17px;line-height:23px;text-align:start";
pub(crate) const TEXT: &str = "margin:0 0 4px;color:#1b1d21;font-size:15px;line-height:22px;text-align:start";
pub(crate) const META: &str = "margin:0 0 3px;color:#565c66;font-size:13px;line-height:19px";
pub(crate) const NOTE: &str = "margin:12px 0 0;padding:8px 12px;border-left:3px solid #8c2f1b;background-color:#f4f2ec;color:#565c66;font-size:14px;line-height:20px";
pub(crate) const LINK: &str = "color:#1d4f91;text-decoration:underline";
pub(crate) const TITLE_LINK: &str = "color:#1b1d21;text-decoration:underline";
pub(crate) const RULE: &str = "margin:12px 0 0;border:0;border-top:1px solid #dfdcd3;height:1px;line-height:1px";

/// The dark scheme; `!important`, since what it changes stands inline.
const DARK: &str = ":root{color-scheme:light dark;supported-color-schemes:light dark}\
@media (prefers-color-scheme:dark){.k-body{background-color:#14161a!important}.k-sheet,.k-sheet td{background-color:#1c1f25!important}\
.k-ink,.k-ink a{color:#e9e7e1!important}.k-soft{color:#a5abb5!important}.k-accent{color:#f0a185!important}.k-note{background-color:#14161a!important;color:#a5abb5!important}\
.k-line{border-color:#343841!important}.k-head{border-color:#f0a185!important}a.k-link{color:#9cc3f5!important}}\
@media (max-width:620px){.k-pad{padding-left:16px!important;padding-right:16px!important}}";

/// What stands around the content of every mail; `preview` is what the list of mails shows beside the subject.
pub(crate) fn frame(title: &str, preview: &Markup, sheet: &Markup) -> String {
    html! {
        (DOCTYPE)
        html lang="en" dir="ltr" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="supported-color-schemes" content="light dark";
                title { (title) }
                style { (PreEscaped(DARK)) }
            }
            body.k-body style=(BODY) {
                div style="display:none;max-height:0;overflow:hidden" { (preview) }
                table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" {
                    tr { td.k-body align="center" style="padding:16px 0;background-color:#f4f2ec" {
                        table.k-sheet role="presentation" width="600" cellpadding="0" cellspacing="0" border="0" style=(SHEET) {
                            tr { td.k-pad align="left" style={ (PAD) (FONT) } { (sheet) } }
                        }
                    } }
                }
            }
        }
    }
    .into_string()
        + "\n"
}
