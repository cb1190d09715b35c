//! Trains the wording model (`hub-engine/src/text/wording.bin`) on labelled texts, or measures how it carries over to sources
//! that it has not seen:
//! `cargo run --release -p hub-analyze --example metadata_train -- [--out FILE] [--test FILE]… TRAIN.jsonl…`
//!
//! A case is labelled as a whole, but only some of its sentences are orders: training alternates between choosing the sentence
//! of each malicious case that the model finds worst and fitting the model to those (multiple-instance learning). Cases of the
//! class `overt-malicious-capability` are left out: they describe harm, they order nothing. Everything is in a fixed order, so
//! the same input gives the same weights.

use hub_analyze::testing::{inventory, scan_listing};
use hub_engine::text::wording::{BUCKETS, FEWEST_WORDS, ORDER, features, is_shown, says_enough, together, value};
use hub_engine::text::{Field, Owner, Texts};
use hub_model::{Budget, Finding, Severity};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::io::Write as _;
use std::path::Path;

/// How the sources of our own texts begin.
const OWN: &str = "own ";
/// Rules that ask the model; what the others find does not change with the weights.
const OF_MODEL: [&str; 2] = ["steering-wording", "overlapping-tool"];

struct Sentence {
    buckets: Vec<u32>,
    /// Not the first of a description, which mostly says what the tool does.
    later: bool,
    /// It has words enough and does not merely show an order.
    judged: bool,
    text: String,
}

struct Case {
    id: String,
    source: String,
    class: String,
    malicious: bool,
    /// A rule other than those of the model flags it; asked of our own texts only.
    by_rules: bool,
    sentences: Vec<Sentence>,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let (mut out, mut tests, mut train, mut left, mut list) = (None, Vec::new(), Vec::new(), Vec::new(), false);
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--out" => out = args.next(),
            "--test" => tests.extend(args.next()),
            "--list" => list = true,
            "--leave" => left.extend(args.next()),
            _ => train.push(arg),
        }
    }
    let mut cases = Vec::new();
    for path in &train {
        cases.extend(match path.rsplit_once('.').map_or("", |p| p.1) {
            "txt" if !path.contains("grammar") => table(&std::fs::read_to_string(path)?, path)?,
            "txt" => expand(&std::fs::read_to_string(path)?, path),
            "tsv" => table(&std::fs::read_to_string(path)?, path)?,
            _ => read(path)?,
        });
    }
    let mut stdout = std::io::stdout().lock();
    if std::env::var_os("DUMP").is_some() {
        for c in &cases {
            let sentences: Vec<_> = c.sentences.iter().map(|s| json!([s.buckets, s.later, s.text])).collect();
            writeln!(
                stdout,
                "{}",
                json!({"id": c.id, "source": c.source, "class": c.class, "malicious": c.malicious, "s": sentences})
            )?;
        }
        return Ok(());
    }
    if let Some(out) = out {
        let model = fit(&cases.iter().collect::<Vec<_>>());
        std::fs::write(&out, model.to_bytes())?;
        for path in &tests {
            report(&mut stdout, path, &read(path)?.iter().collect::<Vec<_>>(), |c| model.case(c), list)?;
        }
        return Ok(());
    }
    // Leave one source out, with its honest texts, and a share of the other honest sources at a time.
    let mut sources: Vec<&str> = cases
        .iter()
        .filter(|c| c.malicious && c.source != "grammar" && (left.is_empty() || left.contains(&c.source)))
        .map(|c| c.source.as_str())
        .collect();
    sources.sort_unstable();
    sources.dedup();
    let fold = |source: &str| {
        sources
            .binary_search(&source)
            .unwrap_or_else(|_| fnv(source) as usize % sources.len())
    };
    let models: Vec<Model> = (0..sources.len())
        .map(|f| {
            fit(&cases
                .iter()
                .filter(|c| c.source == "grammar" || fold(&c.source) != f)
                .collect::<Vec<_>>())
        })
        .collect();
    let (shown, _): (Vec<&Case>, Vec<&Case>) = cases.iter().partition(|c| {
        c.source != "grammar" && (left.is_empty() || !c.malicious && !c.source.starts_with(OWN) || left.contains(&c.source))
    });
    report(&mut stdout, "left out", &shown, |c| models[fold(&c.source)].case(c), list)?;
    if !tests.is_empty() {
        let model = fit(&cases.iter().collect::<Vec<_>>());
        for path in &tests {
            report(&mut stdout, path, &read(path)?.iter().collect::<Vec<_>>(), |c| model.case(c), list)?;
        }
    }
    Ok(())
}

fn fnv(text: &str) -> u64 {
    text.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3))
}

/// Our own texts: a description a line, or `class <tab> tool name <tab> description [<tab> properties [<tab> further keys]]`; without a class in
/// a file of honest ones. `terse-attacks.tsv` and `terse-honest.tsv` are one source, so that a whole set is left out at a time.
fn table(text: &str, path: &str) -> Result<Vec<Case>, Box<dyn std::error::Error>> {
    let malicious = path.contains("attacks");
    let label = if malicious { "malicious" } else { "benign" };
    let stem = Path::new(path).file_stem().and_then(|s| s.to_str()).unwrap_or(path);
    let set = stem
        .rsplit_once('-')
        .map_or(if path.ends_with("txt") { "tests" } else { "first" }, |s| s.0);
    let mut out = Vec::new();
    for (i, line) in text.lines().enumerate().filter(|(_, l)| !l.trim().is_empty()) {
        let mut parts: VecDeque<&str> = line.split('\t').collect();
        let class = if malicious && parts.len() > 1 { parts.pop_front() } else { None };
        let name = if parts.len() > 1 { parts.pop_front() } else { None };
        let description = parts.pop_front().unwrap_or_default().replace("\\n", "\n");
        let mut json = || {
            let part = parts.pop_front().filter(|p| !p.is_empty()).unwrap_or("{}");
            serde_json::from_str::<Value>(part)
        };
        let (properties, further) = (json()?, json()?);
        let mut tool = json!({"name": name.unwrap_or("tool"), "description": description, "inputSchema": {"type": "object", "properties": properties}});
        for (key, value) in further.as_object().into_iter().flatten() {
            tool[key] = value.clone();
        }
        out.push(case(&json!({
            "id": format!("{path}:{}", i + 1), "source": format!("{OWN}{set}"), "class": class.unwrap_or_default(), "label": label,
            "kind": further["kind"].as_str().unwrap_or("tool"), "siblings": further["siblings"], "tool": tool
        })));
    }
    Ok(out)
}

/// Sentences of a grammar: see the head of `training/grammar.txt`. Each template is expanded [`EXPANSIONS`] times.
fn expand(text: &str, path: &str) -> Vec<Case> {
    let mut slots: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut out = Vec::new();
    let mut seed = 0x9e37_79b9_7f4a_7c15u64;
    let mut pick = move |n: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % n
    };
    for line in text.lines().filter(|l| !l.starts_with('#')) {
        if let Some((label, template)) = line.split_once(": ").filter(|(l, _)| matches!(*l, "attack" | "honest")) {
            for _ in 0..EXPANSIONS {
                let mut sentence = String::new();
                let mut rest = template;
                while let Some((before, after)) = rest.split_once('{') {
                    let (name, after) = after.split_once('}').unwrap_or((after, ""));
                    let values = slots.get(name).map_or(&[""][..], Vec::as_slice);
                    sentence = sentence + before + values[pick(values.len())];
                    rest = after;
                }
                sentence += rest;
                let sentence = sentence.split_whitespace().collect::<Vec<_>>().join(" ");
                let mut letters = sentence.chars();
                let first = letters.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
                out.push(case(&json!({
                    "id": path, "source": "grammar", "class": "", "label": if label == "attack" { "malicious" } else { "benign" },
                    "tool": {"name": "tool", "description": first + letters.as_str()}
                })));
            }
        } else if let Some((name, values)) = line.split_once(" = ") {
            slots.insert(name, values.split('|').map(str::trim).collect());
        }
    }
    out
}

fn read(path: &str) -> Result<Vec<Case>, Box<dyn std::error::Error>> {
    let mut out = Vec::new();
    for line in std::fs::read_to_string(path)?.lines() {
        let value: Value = serde_json::from_str(line)?;
        if value["class"] != "overt-malicious-capability" {
            out.push(case(&value));
        }
    }
    Ok(out)
}

fn case(case: &Value) -> Case {
    let text = |key: &str| case[key].as_str().unwrap_or_default().to_owned();
    let listing = match text("kind").as_str() {
        "prompt" => json!({ "prompts": [case["tool"]] }),
        "resource" => json!({ "resources": [case["tool"]] }),
        "instructions" => json!({ "instructions": case["tool"]["description"] }),
        _ => {
            let mut tools = vec![case["tool"].clone()];
            tools.extend(case["siblings"].as_array().cloned().unwrap_or_default());
            json!({ "tools": tools })
        }
    };
    let source = text("source");
    let known = |f: &Finding| f.severity >= Severity::Medium && f.classes.iter().any(|c| c.starts_with('M') && c.as_str() <= "M19");
    let by_rules = source.starts_with(OWN)
        && scan_listing(&listing)
            .findings
            .iter()
            .any(|f| known(f) && !OF_MODEL.contains(&f.rule_id.as_str()));
    let texts = Texts::of(&inventory(&listing), &Budget::default());
    let mut sentences = Vec::new();
    for text in texts.list.iter().filter(|t| !matches!(t.owner, Owner::Tool(1..))) {
        let named = text.field == Field::ParameterName && text.plain().words.tokens.len() < FEWEST_WORDS;
        if named || matches!(text.field, Field::Name | Field::Uri) {
            continue;
        }
        for layer in &text.layers {
            for i in 0..layer.words.sentences.len() {
                let found = features(text, layer, i);
                let later = i > 0 || text.field != Field::Description || layer.words.sentences.len() == 1;
                sentences.push(Sentence {
                    buckets: found.into_iter().map(|(b, _)| b).collect(),
                    later,
                    judged: says_enough(layer, i) && !is_shown(text, layer, i),
                    text: layer.sentence(i).to_owned(),
                });
            }
        }
    }
    Case {
        id: text("id"),
        source,
        by_rules,
        class: text("class"),
        malicious: text("label") == "malicious",
        sentences,
    }
}

struct Model {
    weights: Vec<f32>,
    bias: f32,
}

impl Model {
    fn score(&self, sentence: &[u32]) -> f32 {
        self.bias + value(sentence.len()) * sentence.iter().map(|b| self.weights[*b as usize]).sum::<f32>()
    }

    /// The mean of models, as the mean of their log-odds.
    fn mean(models: impl Iterator<Item = Self>) -> Self {
        let mut sum = Self {
            weights: vec![0.0; BUCKETS],
            bias: 0.0,
        };
        let mut count = 0.0f32;
        for model in models {
            count += 1.0;
            sum.bias += model.bias;
            for (w, m) in sum.weights.iter_mut().zip(model.weights) {
                *w += m;
            }
        }
        let count = count.max(1.0);
        sum.bias /= count;
        sum.weights.iter_mut().for_each(|w| *w /= count);
        sum
    }

    /// The worst sentence of a case; a second one that reads alike counts too, as in the rule.
    fn case<'c>(&self, case: &'c Case) -> (f32, &'c str) {
        let (mut top, mut second, mut words) = (f32::MIN, f32::MIN, "");
        for Sentence { buckets, judged, text, .. } in &case.sentences {
            let score = if *judged { self.score(buckets) } else { f32::MIN };
            if score > top {
                second = top;
                (top, words) = (score, text);
            } else {
                second = second.max(score);
            }
        }
        (together(top, second), words)
    }

    fn to_bytes(&self) -> Vec<u8> {
        let most = self.weights.iter().fold(0.0f32, |m, w| m.max(w.abs()));
        let scale = most / 127.0;
        let mut out = b"MHW1".to_vec();
        out.extend(self.bias.to_le_bytes());
        out.extend(scale.to_le_bytes());
        out.extend(self.weights.iter().map(|w| (w / scale).round() as i8 as u8));
        out
    }
}

/// How often each template of a grammar is expanded.
const EXPANSIONS: usize = 24;
/// Models whose mean is shipped: what one learns by the chance of its order cancels out.
const MODELS: u64 = 3;
const ROUNDS: usize = 5;
const EPOCHS: usize = 6;
const RATE: f32 = 0.5;
const DECAY: f32 = 1e-4;
/// How much one malicious sentence counts against one benign one.
const WEIGHT: f32 = 1.5;
/// How much a sentence of an honest text that was written to provoke a false alarm counts against one of a published server.
const HARD_WEIGHT: f32 = 3.0;
/// How much a sentence of a grammar counts against one that somebody wrote.
const GRAMMAR_WEIGHT: f32 = 0.3;

fn fit(cases: &[&Case]) -> Model {
    let of = |case: &Case| if case.source == "grammar" { GRAMMAR_WEIGHT } else { 1.0 };
    // A sentence that many tools share counts once.
    let mut seen = BTreeSet::new();
    let benign: Vec<(&Sentence, f32)> = cases
        .iter()
        .filter(|c| !c.malicious)
        .flat_map(|c| {
            c.sentences
                .iter()
                .map(move |s| (s, of(c) * if c.source.starts_with(OWN) { HARD_WEIGHT } else { 1.0 }))
        })
        .filter(|(s, _)| seen.insert(s.text.as_str()))
        .collect();
    let bad: Vec<&&Case> = cases.iter().filter(|c| c.malicious && !c.sentences.is_empty()).collect();
    let mut model: Option<Model> = None;
    for _ in 0..ROUNDS {
        let mut data: Vec<(&Sentence, f32, f32)> = benign.iter().map(|(s, weight)| (*s, 0.0, *weight)).collect();
        for case in &bad {
            match &model {
                None => {
                    let later: Vec<_> = case.sentences.iter().filter(|s| s.later).collect();
                    let chosen: Vec<_> = if later.is_empty() { case.sentences.iter().collect() } else { later };
                    let weight = of(case) * WEIGHT / chosen.len() as f32;
                    data.extend(chosen.into_iter().map(|s| (s, 1.0, weight)));
                }
                Some(model) => {
                    let scores: Vec<f32> = case.sentences.iter().map(|s| model.score(&s.buckets)).collect();
                    let top = scores.iter().copied().fold(f32::MIN, f32::max);
                    for (s, score) in case.sentences.iter().zip(&scores) {
                        if *score == top || *score > 1.0 {
                            data.push((s, 1.0, of(case) * if *score == top { WEIGHT } else { WEIGHT / 2.0 }));
                        }
                    }
                }
            }
        }
        model = Some(Model::mean((1..=MODELS).map(|n| logistic(&data, n))));
    }
    model.unwrap_or(Model {
        weights: vec![0.0; BUCKETS],
        bias: 0.0,
    })
}

/// Logistic regression by AdaGrad, in a pseudo-random order that `n` fixes.
fn logistic(data: &[(&Sentence, f32, f32)], n: u64) -> Model {
    let mut weights = vec![0.0f32; BUCKETS];
    let mut squares = vec![1e-3f32; BUCKETS];
    let (mut bias, mut bias_square) = (-3.0f32, 1e-3f32);
    let mut order: Vec<usize> = (0..data.len()).collect();
    let mut seed = 0x2545_f491_4f6c_dd1du64.wrapping_mul(2 * n + 1);
    let mut next = || {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed
    };
    for _ in 0..EPOCHS {
        for i in (1..order.len()).rev() {
            order.swap(i, (next() % (i as u64 + 1)) as usize);
        }
        for &i in &order {
            let (sentence, label, weight) = data[i];
            let v = value(sentence.buckets.len());
            let z = bias + v * sentence.buckets.iter().map(|b| weights[*b as usize]).sum::<f32>();
            let error = (1.0 / (1.0 + (-z).exp()) - label) * weight;
            if error.abs() < 1e-4 {
                continue;
            }
            bias_square += error * error;
            bias -= RATE * error / bias_square.sqrt();
            for &b in &sentence.buckets {
                let b = b as usize;
                let gradient = error * v + DECAY * weights[b] * weight;
                squares[b] += gradient * gradient;
                weights[b] -= RATE * gradient / squares[b].sqrt();
            }
        }
    }
    Model { weights, bias }
}

fn report<'c>(
    out: &mut impl std::io::Write,
    what: &str,
    cases: &[&'c Case],
    score: impl Fn(&'c Case) -> (f32, &'c str),
    list: bool,
) -> std::io::Result<()> {
    let scored: Vec<(f32, &str, &Case)> = cases
        .iter()
        .map(|c| {
            let (s, text) = score(c);
            (s, text, *c)
        })
        .collect();
    let bad = scored.iter().filter(|s| s.2.malicious).count();
    let good = scored.len() - bad;
    writeln!(out, "\n## {what}: {bad} malicious, {good} benign")?;
    for threshold in [-0.5f32, 0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0, 3.0] {
        let of = |malicious: bool, own: bool| {
            let those: Vec<_> = scored
                .iter()
                .filter(|s| s.2.malicious == malicious && s.2.source.starts_with(OWN) == own)
                .collect();
            let model = those.iter().filter(|s| s.0 >= threshold).count();
            let any = those.iter().filter(|s| s.0 >= threshold || s.2.by_rules).count();
            let share = |n: usize| 100.0 * n as f64 / those.len().max(1) as f64;
            (share(model), share(any))
        };
        writeln!(
            out,
            "threshold {threshold:5.2}: of others {:.1} % malicious, {:.2} % benign; of our own {:.1} % malicious ({:.1} % with rules), {:.1} % benign ({:.1} %)",
            of(true, false).0,
            of(false, false).0,
            of(true, true).0,
            of(true, true).1,
            of(false, true).0,
            of(false, true).1
        )?;
    }
    for most in [0.01, 0.02, 0.03, 0.05] {
        let mut honest: Vec<f32> = scored
            .iter()
            .filter(|s| !s.2.malicious && s.2.source.starts_with(OWN))
            .map(|s| s.0)
            .collect();
        honest.sort_unstable_by(|a, b| b.total_cmp(a));
        let mark = honest.get((honest.len() as f64 * most) as usize).copied().unwrap_or(f32::MAX);
        let mine = scored.iter().filter(|s| s.2.malicious && s.2.source.starts_with(OWN));
        let (all, found) = mine.fold((0, 0), |(all, found), s| (all + 1, found + u32::from(s.0 > mark)));
        let others = scored
            .iter()
            .filter(|s| !s.2.malicious && !s.2.source.starts_with(OWN))
            .map(|s| s.0 > mark);
        let (n, false_) = others.fold((0, 0), |(n, f), hit| (n + 1, f + u32::from(hit)));
        writeln!(
            out,
            "at {:.0} % of our own benign (threshold {mark:.2}): {:.1} % of our own malicious, {:.2} % of others benign",
            most * 100.0,
            100.0 * f64::from(found) / f64::from(all.max(1)),
            100.0 * f64::from(false_) / f64::from(n.max(1))
        )?;
    }
    // Of each: cases, those that the model flags, those that the rules flag, those that either does.
    let mut by: BTreeMap<(&str, &str, bool), [u32; 4]> = BTreeMap::new();
    for (s, _, c) in &scored {
        for key in [("source", c.source.as_str()), ("class", c.class.as_str())] {
            let told = *s >= ORDER;
            let t = by.entry((key.0, key.1, c.malicious)).or_default();
            for (t, add) in t.iter_mut().zip([true, told, c.by_rules, told || c.by_rules]) {
                *t += u32::from(add);
            }
        }
    }
    for ((kind, key, malicious), [n, model, rules, any]) in by {
        if malicious || key.starts_with(OWN) || any > 0 {
            let label = if malicious { "malicious" } else { "benign" };
            writeln!(out, "  {kind} {key} {label}: {any} of {n} (model {model}, rules {rules})")?;
        }
    }
    if list {
        for (s, text, c) in &scored {
            if c.malicious != (*s >= ORDER || c.by_rules) || !c.malicious && c.by_rules {
                writeln!(
                    out,
                    "{}{} {s:.2} {} {} | {}",
                    if c.malicious { "MISSED" } else { "FALSE" },
                    if c.by_rules { " BY RULE" } else { "" },
                    c.id,
                    c.class,
                    text.chars().take(300).collect::<String>()
                )?;
            }
        }
    }
    Ok(())
}
