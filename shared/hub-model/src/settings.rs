//! How every limit and address of the house is named, read and documented.
//!
//! [`settings!`](crate::settings) declares a struct whose fields each name a variable, a default and a sentence. It knows
//! nothing of the environment: a caller passes the look-up, so that pure crates can declare their limits beside their use.
//! `docs/settings.md` is printed from the same declarations.

use std::path::PathBuf;
use std::time::Duration;

/// One documented setting.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// Environment variable.
    pub variable: &'static str,
    /// The default as written in the source.
    pub default: &'static str,
    /// What it means, with its unit.
    pub doc: &'static str,
}

/// A variable holds something unusable.
#[derive(Debug, thiserror::Error)]
#[error("{variable}=`{value}` is not usable: {why}")]
pub struct SettingError {
    pub variable: &'static str,
    pub value: String,
    pub why: String,
}

/// Finds the value of a variable.
pub type Lookup<'a> = &'a dyn Fn(&str) -> Option<String>;

/// A type that a setting can have.
pub trait FromSetting: Sized {
    /// Whether an unusable value must not be shown in the error.
    const SECRET: bool = false;
    /// Reads the text of a variable.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    fn from_setting(text: &str) -> Result<Self, String>;
}

macro_rules! parsed {
    ($($t:ty => $what:literal),+ $(,)?) => {$(
        impl FromSetting for $t {
            fn from_setting(text: &str) -> Result<Self, String> {
                text.trim().parse().map_err(|_| concat!("expected ", $what).to_owned())
            }
        }
    )+};
}
parsed!(u16 => "a number from 0 to 65535", u32 => "a whole number", u64 => "a whole number", usize => "a whole number", f64 => "a number", std::net::SocketAddr => "an address like 127.0.0.1:8080", url::Url => "a URL");

impl FromSetting for bool {
    fn from_setting(text: &str) -> Result<Self, String> {
        match text.trim().to_ascii_lowercase().as_str() {
            "1" | "true" | "yes" | "on" => Ok(true),
            "0" | "false" | "no" | "off" | "" => Ok(false),
            _ => Err("expected true or false".to_owned()),
        }
    }
}
impl FromSetting for String {
    fn from_setting(text: &str) -> Result<Self, String> {
        Ok(text.to_owned())
    }
}
impl FromSetting for PathBuf {
    fn from_setting(text: &str) -> Result<Self, String> {
        Ok(PathBuf::from(text))
    }
}
impl FromSetting for Duration {
    /// Seconds, perhaps with a fraction. The variable's name ends in `_SECS`.
    fn from_setting(text: &str) -> Result<Self, String> {
        let secs: f64 = text.trim().parse().map_err(|_| "expected a number of seconds".to_owned())?;
        Duration::try_from_secs_f64(secs).map_err(|e| e.to_string())
    }
}
/// Comma-separated; an empty text is an empty list.
impl<T: FromSetting> FromSetting for Vec<T> {
    const SECRET: bool = T::SECRET;
    fn from_setting(text: &str) -> Result<Self, String> {
        text.split(',')
            .map(str::trim)
            .filter(|s| !s.is_empty())
            .map(T::from_setting)
            .collect()
    }
}
impl<T: FromSetting> FromSetting for Option<T> {
    const SECRET: bool = T::SECRET;
    fn from_setting(text: &str) -> Result<Self, String> {
        if text.trim().is_empty() {
            Ok(None)
        } else {
            T::from_setting(text).map(Some)
        }
    }
}
/// A setting that does not show itself: connection URLs with passwords, signing keys.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Hidden(pub String);

impl std::fmt::Debug for Hidden {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}
impl FromSetting for Hidden {
    const SECRET: bool = true;
    fn from_setting(text: &str) -> Result<Self, String> {
        Ok(Self(text.to_owned()))
    }
}

/// Declares a struct of settings.
///
/// ```
/// hub_model::settings! {
///     /// Limits of something.
///     pub struct Limits {
///         /// Largest body, in bytes.
///         pub max_body_bytes: u64 = "HUB_MAX_BODY_BYTES", 1 << 20;
///     }
/// }
/// let limits = Limits::read(&|v| (v == "HUB_MAX_BODY_BYTES").then(|| "5".to_owned())).unwrap();
/// assert_eq!(limits.max_body_bytes, 5);
/// assert_eq!(Limits::default().max_body_bytes, 1 << 20);
/// assert_eq!(Limits::SETTINGS[0].variable, "HUB_MAX_BODY_BYTES");
/// ```
#[macro_export]
macro_rules! settings {
    (
        $(#[$meta:meta])*
        $vis:vis struct $name:ident {
            $( $(#[doc = $doc:literal])+ $fvis:vis $field:ident : $ty:ty = $var:literal, $default:expr; )+
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug)]
        $vis struct $name {
            $( $(#[doc = $doc])+ $fvis $field: $ty, )+
        }
        impl Default for $name {
            fn default() -> Self {
                Self { $( $field: $default, )+ }
            }
        }
        impl $name {
            /// The variables, for the settings reference.
            pub const SETTINGS: &'static [$crate::Setting] = &[
                $( $crate::Setting { variable: $var, default: stringify!($default), doc: concat!($($doc),+) }, )+
            ];
            /// Reads every field from its variable, or takes its default.
            ///
            /// # Errors
            /// Names the first variable whose value is unusable, and why.
            pub fn read(lookup: $crate::Lookup<'_>) -> Result<Self, $crate::SettingError> {
                Ok(Self {
                    $( $field: match lookup($var) {
                        Some(text) => <$ty as $crate::FromSetting>::from_setting(&text)
                            .map_err(|why| $crate::SettingError {
                                variable: $var,
                                value: if <$ty as $crate::FromSetting>::SECRET { "***".to_owned() } else { text },
                                why,
                            })?,
                        None => $default,
                    }, )+
                })
            }
        }
    };
}
