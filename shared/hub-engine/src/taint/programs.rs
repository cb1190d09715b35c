//! Starting programs: shells, programs of the caller's choosing, options.

use super::api::{OPTION_PROGRAMS, SHELLS, Sink};
use super::calls::ArgVal;
use super::engine::{Detail, Engine};
use super::value::{Atom, Head, Kinds, Lit, Value};
use hub_syntax::ir::Span;
use smallvec::SmallVec;

impl Engine<'_> {
    /// Starting a program: a shell text, a program chosen by the caller, or options it did not expect.
    pub fn check_program(&mut self, s: &'static Sink, name: &str, args: &[ArgVal], span: Span) {
        let words_follow = self.is_python() || self.is_native();
        let shell = self
            .option(args, "shell")
            .is_some_and(|v| v.is_true() || matches!(v.lit, Lit::Str(_)) || v.lit == Lit::Unknown && v.any_atom());
        let first = match Self::positional(args, 0)
            .or_else(|| self.named(args, "args"))
            .or_else(|| self.named(args, "program"))
        {
            Some(v) => v.clone(),
            None => return,
        };
        // One list of words: program, then arguments.
        let mut words: Vec<Value> = Vec::new();
        let mut rest: Option<Value> = None;
        let take_list = |v: &Value, words: &mut Vec<Value>, rest: &mut Option<Value>| {
            words.extend(v.items().iter().cloned());
            if let Some(r) = v.shape.as_ref().and_then(|s| s.rest.clone()) {
                *rest = Some(r);
            }
        };
        let is_list = |v: &Value| v.shape.as_ref().is_some_and(|s| !s.items.is_empty() || s.rest.is_some());
        let spread_first = args.iter().find(|a| a.name.is_none() && !a.kw_spread).is_some_and(|a| a.spread);
        if is_list(&first) {
            take_list(&first, &mut words, &mut rest);
        } else if spread_first {
            rest = Some(self.element(&first));
        } else {
            words.push(first.clone());
            let more: Vec<ArgVal> = args.iter().filter(|a| a.name.is_none() && !a.kw_spread).skip(1).cloned().collect();
            if words_follow {
                for a in &more {
                    if a.spread {
                        take_list(&a.value, &mut words, &mut rest);
                        if a.value.has_atoms() {
                            rest = Some(self.element(&a.value));
                        }
                    } else {
                        words.push(a.value.clone());
                    }
                }
            } else if let Some(list) = more.first() {
                if is_list(&list.value) {
                    take_list(&list.value, &mut words, &mut rest);
                }
                if list.value.has_atoms() {
                    rest = Some(self.element(&list.value));
                }
            }
        }
        let source = s.source;
        if shell {
            for w in words.iter().chain(&rest) {
                let mut atoms: SmallVec<[Atom; 4]> = SmallVec::new();
                w.each_atom(0, &mut |a| atoms.push(*a));
                for a in atoms {
                    self.hit(
                        Kinds::SHELL,
                        name,
                        source,
                        Detail {
                            whole: w.head == Head::Open,
                            ..Detail::default()
                        },
                        a,
                        span,
                    );
                }
            }
            return;
        }
        let Some(program) = words.first().cloned().or_else(|| rest.clone()) else {
            return;
        };
        if program.any_atom() {
            let mut atoms: SmallVec<[Atom; 4]> = SmallVec::new();
            program.each_atom(0, &mut |a| atoms.push(*a));
            // A text after something fixed names a program in a known folder, not any program.
            if program.head == Head::Open {
                for a in atoms {
                    self.hit(
                        Kinds::SHELL,
                        name,
                        source,
                        Detail {
                            whole: true,
                            ..Detail::default()
                        },
                        a,
                        span,
                    );
                }
                return;
            }
        }
        let program_name = program.text().map(|t| t.rsplit(['/', '\\']).next().unwrap_or(t).to_owned());
        let is_shell = program_name.as_deref().is_some_and(|p| SHELLS.contains(&p));
        let runs_text = words.iter().any(|w| w.text().is_some_and(is_text_flag));
        if is_shell || runs_text && program_name.is_none() {
            let joins = program_name.as_deref().is_some_and(|p| JOINING_SHELLS.contains(&p));
            for w in texts_run(&words, rest.as_ref(), joins) {
                let mut atoms: SmallVec<[Atom; 4]> = SmallVec::new();
                w.each_atom(0, &mut |a| atoms.push(*a));
                let detail = Detail {
                    whole: w.head == Head::Open,
                    ..Detail::default()
                };
                for a in atoms {
                    self.hit(Kinds::SHELL, name, source, detail, a, span);
                }
            }
            return;
        }
        // `docker exec … sh -c text`, `ssh host text`: a shell further on.
        let inner_shell = words
            .iter()
            .skip(1)
            .any(|w| w.text().is_some_and(|t| SHELLS.contains(&t.rsplit('/').next().unwrap_or(t))));
        if inner_shell && runs_text {
            for w in words.iter().skip(1).chain(&rest) {
                let detail = Detail {
                    whole: w.head == Head::Open,
                    ..Detail::default()
                };
                for a in w.atoms.clone() {
                    self.hit(Kinds::SHELL, name, source, detail, a, span);
                }
            }
            return;
        }
        let interpreter = program_name
            .as_deref()
            .is_some_and(|p| matches!(p, "node" | "python" | "python3" | "ruby" | "perl" | "php" | "deno" | "bun"));
        let of_code = |w: &Value| w.text().is_some_and(|t| matches!(t, "-e" | "-c" | "-p" | "--eval" | "-r"));
        if let Some(flag) = words.iter().position(of_code).filter(|_| interpreter) {
            // What follows the code is what it is given, not code.
            if let Some(w) = words.get(flag + 1).or(rest.as_ref()) {
                for a in w.atoms.clone() {
                    self.hit(Kinds::CODE, name, source, Detail::default(), a, span);
                }
            }
            return;
        }
        let listed = program_name.as_deref().map(|p| OPTION_PROGRAMS.contains(&p));
        if listed == Some(false) {
            return;
        }
        let detail = Detail {
            unknown_program: listed.is_none(),
            program: program_name.as_deref().map(|p| self.names.intern(p)),
            whole: false,
            follows: false,
        };
        let mut ended = false;
        let mut after_option = false;
        for w in words.iter().skip(1) {
            if w.text() == Some("--") {
                ended = true;
            }
            // `--name VALUE`: an option's value is usually taken as such.
            let is_value = std::mem::replace(&mut after_option, w.text().is_some_and(super::value::takes_value));
            if ended || is_value {
                continue;
            }
            for a in w.atoms.clone() {
                self.hit(
                    Kinds::ARGUMENT,
                    name,
                    "https://cwe.mitre.org/data/definitions/88.html",
                    detail,
                    a,
                    span,
                );
            }
        }
        if let Some(rest) = rest
            && !ended
        {
            let mut atoms: SmallVec<[Atom; 4]> = SmallVec::new();
            rest.each_atom(0, &mut |a| atoms.push(*a));
            for a in atoms {
                self.hit(
                    Kinds::ARGUMENT,
                    name,
                    "https://cwe.mitre.org/data/definitions/88.html",
                    detail,
                    a,
                    span,
                );
            }
        }
    }
}

/// Shells that take everything after their flag as one text.
const JOINING_SHELLS: &[&str] = &["cmd", "cmd.exe", "powershell", "powershell.exe", "pwsh", "wsl"];

/// An option after which a shell takes a text to run: `-c`, `-lc`, `/c`, `-Command`, `-e`.
fn is_text_flag(word: &str) -> bool {
    matches!(word, "/c" | "/C" | "-e" | "-Command" | "-EncodedCommand" | "-command")
        || word.len() <= 5
            && word
                .strip_prefix('-')
                .is_some_and(|f| f.ends_with('c') && f.bytes().all(|b| b.is_ascii_lowercase()))
}

/// The words of a call of a shell that it runs: the one after each flag. Those behind it are `$0`, `$1`, … of that text, unless the
/// shell joins them; without a flag the first word names the script.
fn texts_run<'v>(words: &'v [Value], rest: Option<&'v Value>, joins: bool) -> Vec<&'v Value> {
    let flags: Vec<usize> = (1..words.len()).filter(|i| words[*i].text().is_some_and(is_text_flag)).collect();
    if joins {
        return words.iter().skip(1).chain(rest).collect();
    }
    if flags.is_empty() {
        return words
            .iter()
            .skip(1)
            .find(|w| w.text().is_none_or(|t| !t.starts_with('-')))
            .or(rest)
            .into_iter()
            .collect();
    }
    flags.iter().filter_map(|i| words.get(i + 1).or(rest)).collect()
}
