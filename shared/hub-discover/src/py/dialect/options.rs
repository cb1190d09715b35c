//! Options of the command line (`argparse`, `click`, `typer`): what they are unless somebody gives them.

use super::run::Interp;
use super::value::{Args, Func, Made, Value, last, root};
use std::rc::Rc;

/// The attribute of a parser under which its options are kept until they are parsed.
const OPTIONS: &str = "\u{0}options";
/// Marks a function as a command: its own defaults hold unless somebody gives an option.
const COMMAND: &str = "\u{0}command";
/// Begins the attribute of a command that keeps what a parameter is by default.
const DEFAULT: &str = "\u{0}default:";

impl Interp<'_> {
    /// `add_argument`, `parse_args` and their like on an `argparse.ArgumentParser`.
    pub(super) fn parser_method(&mut self, parser: &Rc<Made>, name: &str, args: &Args) -> Value {
        match name {
            "add_argument" => {
                if let Some((dest, value)) = option(args) {
                    self.keep_option(parser, dest.into(), value);
                }
                Value::None
            }
            "set_defaults" => {
                for (dest, value) in &args.kw {
                    self.keep_option(parser, dest.clone(), Value::likely(value.clone()));
                }
                Value::None
            }
            // Groups and subcommands put their options where the parser's are.
            "add_argument_group" | "add_mutually_exclusive_group" | "add_parser" => Value::Made(parser.clone()),
            "add_subparsers" => {
                if let Some(dest) = args.kw("dest").and_then(Value::as_str) {
                    self.keep_option(parser, dest, Value::unknown("a subcommand"));
                }
                Value::Made(parser.clone())
            }
            "parse_args" | "parse_known_args" => {
                let namespace = self.made("argparse.Namespace", Args::default(), None);
                if let (Value::Made(namespace), Some(Value::Dict(options))) = (&namespace, parser.attrs.borrow().get(OPTIONS)) {
                    for (dest, value) in options.entries.borrow().iter() {
                        if let Some(dest) = dest.as_str() {
                            namespace.attrs.borrow_mut().insert(dest, value.clone());
                        }
                    }
                }
                if name == "parse_args" {
                    namespace
                } else {
                    Value::tuple(vec![namespace, Value::list(Vec::new())])
                }
            }
            _ => Value::None,
        }
    }

    fn keep_option(&mut self, parser: &Rc<Made>, dest: Rc<str>, value: Value) {
        let mut attrs = parser.attrs.borrow_mut();
        let options = attrs
            .entry(OPTIONS.into())
            .or_insert_with(|| Value::dict(super::value::Entries::default(), false));
        if let Value::Dict(options) = options {
            let before = options.entries.borrow().get_str(&dest).cloned();
            // Several subcommands set one name, the function to call: any of them may be it.
            let value = before.map_or_else(|| value.clone(), |before| Value::choice(vec![before, value.clone()]));
            options.entries.borrow_mut().set(Value::Str(dest), value);
        }
    }

    /// Whether this decorator makes a command, or gives one an option; then it is noted on the function.
    pub(super) fn decorates_command(&mut self, with: &Value, target: &Value) -> bool {
        let Value::Func(func) = target else { return false };
        match with {
            Value::Made(made) if is_library(&made.path) && matches!(made.name(), "option" | "argument") => {
                if let Some((dest, value)) = option(&made.args) {
                    func.attrs.borrow_mut().insert(format!("{DEFAULT}{dest}").into(), value);
                }
                true
            }
            with if makes_command(with) => {
                func.attrs.borrow_mut().insert(COMMAND.into(), Value::Bool(true));
                true
            }
            _ => false,
        }
    }
}

pub(super) fn is_library(path: &str) -> bool {
    matches!(root(path), "click" | "asyncclick" | "rich_click" | "typer" | "cyclopts")
}

/// `@click.command()`, with or without parentheses.
fn makes_command(with: &Value) -> bool {
    let path = match with {
        Value::Made(made) => &made.path,
        Value::External(path) => path,
        _ => return false,
    };
    is_library(path) && matches!(last(path), "command" | "group" | "callback")
}

/// Whether a function is a command; then it can have commands of its own.
pub(super) fn is_command(func: &Func) -> bool {
    func.attrs.borrow().contains_key(COMMAND)
}

/// Under which name an option is found, and what it is unless somebody gives it.
fn option(args: &Args) -> Option<(String, Value)> {
    let flags: Vec<Rc<str>> = args.pos.iter().filter_map(Value::as_str).collect();
    let bare = flags.iter().find(|flag| !flag.starts_with('-'));
    let long = flags.iter().find(|flag| flag.starts_with("--")).or_else(|| flags.first())?;
    // `--verbose/--quiet` of click.
    let (on, off) = long.split_once('/').map_or((&**long, None), |(on, off)| (on, Some(off)));
    let dest = match (args.kw("dest").and_then(Value::as_str), bare) {
        (Some(dest), _) => dest.to_string(),
        (None, Some(bare)) => bare.replace('-', "_"),
        (None, None) => on.trim_start_matches('-').replace('-', "_"),
    };
    let action = args.kw("action").and_then(Value::as_str);
    let is_flag = off.is_some() || matches!(args.kw("is_flag"), Some(Value::Bool(true)));
    let value = match (args.kw("default").map(Value::plain), action.as_deref()) {
        (Some(Value::Func(_) | Value::External(_) | Value::Ellipsis), _) => {
            return Some((dest, Value::unknown("an option of the command line")));
        }
        (Some(default), _) => default,
        (None, Some("store_true")) => Value::Bool(false),
        (None, Some("store_false")) => Value::Bool(true),
        (None, _) if is_flag => Value::Bool(false),
        (None, _) if bare.is_some() && flags.len() == 1 => {
            return Some((dest, Value::unknown("an argument of the command line")));
        }
        (None, _) => Value::None,
    };
    Some((dest, Value::likely(value)))
}

/// What a parameter of a command is unless somebody gives it; None for functions that are none.
pub(super) fn of_command(func: &Func, name: &str, own: Option<&Value>) -> Option<Value> {
    let attrs = func.attrs.borrow();
    if let Some(value) = attrs.get(&*format!("{DEFAULT}{name}")) {
        return Some(value.clone());
    }
    match own {
        // `typer.Option(False, "--read-only")`.
        Some(Value::Made(made)) if is_library(&made.path) && matches!(last(&made.path), "Option" | "Argument") => {
            match made.args.arg(0, "default").map(Value::plain) {
                None | Some(Value::Ellipsis) => Some(Value::unknown("an option of the command line")),
                Some(default) => Some(Value::likely(default)),
            }
        }
        Some(own) if is_command(func) => Some(Value::likely(own.plain())),
        _ => None,
    }
}
