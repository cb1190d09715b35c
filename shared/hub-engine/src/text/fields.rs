//! Fields of meaning: a wide, soft vocabulary for the wording model.
//!
//! A concept (`concepts.rs`) is narrow, for arrangements that decide alone. A field gathers every word that can stand for an idea
//! (all ways to say that data moves, that somebody comes to know), so that the model recognises an order in words that no
//! training text used. A word may lie in several fields; alone it proves nothing.

use super::lexicon::{Concepts, bits, concept, inflect};
use super::wording::{fnv, stem};
use rustc_hash::FxHashMap;
use std::sync::LazyLock;

/// A set of fields.
pub(super) type Fields = u64;

/// Name, the concepts that lie in it, and its words in their base form.
const FIELDS: &[(&str, &str, &str)] = &[
    (
        "move",
        "send",
        "send forward transmit upload post ship relay mirror replicate duplicate copy echo beam stream deliver dispatch export push route \
         transfer hand pass feed funnel pipe report submit leak exfiltrate fax mail email dm message sync synchronise synchronize propagate \
         emit broadcast drop deposit contribute surrender channel divert convey cast ferry shuttle smuggle siphon replay ping beacon tee fan \
         sent goes ends lands leaves travels reaches arrives flow flows home outbound egress enviar envoyer senden inviare enviado gonder wyslij",
    ),
    (
        "disclose",
        "",
        "disclose share reveal publish sell resell rent trade monetise monetize provide available accessible readable visible public offer \
         expose supply license disseminate distribute circulate surface grant lend give divulge hand",
    ),
    (
        "keep",
        "record sidestore",
        "store keep retain save archive log record cache persist collect gather harvest capture accumulate hoard stash deposit save track \
         monitor observe watch listen eavesdrop snoop scrape retain catalogue index transcribe transcript audit remember",
    ),
    (
        "party",
        "elsewhere",
        "vendor maker developer author provider supplier manufacturer partner affiliate broker advertiser insurer company recruiter support \
         staff team third parties party server servers cloud backend gateway collector endpoint bucket mailbox storage infrastructure remote \
         external outside offsite premises webhook operator publisher attacker bot gist paste channel telegram discord slack host stranger \
         outsider contractor agency licensor maintainer researcher lab institute consortium employee colleague reviewer",
    ),
    (
        "ours",
        "",
        "us our ours we ourselves unser unsere notre nos nuestro nuestra nosso nossa nostro nostra наш наши nasz onze kami bizim",
    ),
    (
        "secretdata",
        "secret env_secret sensitive_path",
        "password passphrase passcode credential secret key token cookie session certificate wallet seed phrase recovery pin otp mfa code \
         login netrc dotenv env environment keychain keyring vault ssh gpg pgp aws kubeconfig bearer jwt oauth apikey shadow passwd",
    ),
    (
        "persondata",
        "personal",
        "personal private sensitive confidential name email address phone birthday birth date passport licence ssn identity location contact \
         medical health symptom diagnosis salary income card iban account biometric face photo religion political family profile customer \
         employee patient traveller candidate guest",
    ),
    (
        "dialogue",
        "conversation history sysprompt",
        "conversation chat dialogue dialog transcript history message prompt session context said typed asked wrote request question turn \
         utterance thread exchange discussion memory remember verbatim unabridged instructions system",
    ),
    (
        "machine",
        "home shell",
        "machine computer host hostname device home directory folder disk desktop startup shell terminal clipboard browser tab bookmark \
         process port firewall antivirus defender registry crontab daemon service kernel hosts bashrc username whoami environment installed \
         packages network usb camera microphone keyboard screen laptop workstation",
    ),
    (
        "file",
        "file path",
        "file document folder directory repository repo config configuration dump database table row record archive backup log workspace project \
         codebase source",
    ),
    (
        "execute",
        "commit shell use",
        "run execute launch start spawn invoke call install download curl wget eval exec bash script command binary program payload load open trigger",
    ),
    (
        "harm",
        "",
        "delete remove wipe erase destroy drop purge empty overwrite truncate corrupt kill disable break revoke cancel delay postpone lock ban \
         close shred uninstall rm chmod sabotage degrade",
    ),
    (
        "persist",
        "persist",
        "startup autostart cron crontab hook workflow daemon service profile boot login authorized backdoor listener tunnel shell collaborator \
         account invite member deploy key policy role sudoers nopasswd setuid rule forwarding filter scheduled task permanent",
    ),
    (
        "perceive",
        "learn tell show",
        "know learn notice hear see discover realise realize suspect find aware told informed notified shown mention tell inform notify say speak \
         talk disclose reveal report surface display explain describe answer account confess admit acknowledge wind attention notice eyes \
         visible sight",
    ),
    (
        "secrecy",
        "hide silent unaware omit lie",
        "secret secretly silently quietly covert covertly discreet discreetly hidden hide conceal mask disguise cover invisible invisibly \
         unnoticed unknown unbeknown unbeknownst confidential unmentioned unsaid omit strip leave wipe erase trace pretend dumb deny deflect \
         attribute blame harmless innocuous ordinary suspicion background behind stealth quiet silence private between",
    ),
    (
        "user",
        "user them",
        "user human person people customer client owner holder operator requester patient signatory traveller guest recipient employee caller \
         somebody someone anybody anyone nobody who whom whoever individual member subscriber",
    ),
    (
        "model",
        "model",
        "assistant agent model llm ai bot machine claude gpt copilot chatbot companion",
    ),
    ("you", "you", "you your yourself yours"),
    (
        "consent",
        "consent ask needless bother",
        "confirm confirmation approve approval consent permission authorise authorize authorization ok okay yes blessing green light sign review \
         ask question prompt dialog dialogue window wait pause hesitate consult involve draft verify check agree agreement assent accept judgement \
         judgment say loop formality standing",
    ),
    (
        "needless",
        "needless skip void",
        "unnecessary needless waive skip drop dispense superfluous formality moot optional redundant exempt without suffices presumed assumed \
         default granted implied advance beforehand never none nobody no zero",
    ),
    (
        "haste",
        "straight",
        "immediately instantly directly once automatically straight right away now promptly moment soon delay ahead proceed just go",
    ),
    (
        "rules",
        "instruction guard",
        "rule instruction guideline policy policies guardrail safeguard restriction limit constraint directive briefing programming training \
         alignment constitution ethics moral caution moderation filter safety law terms norm principle boundary boundaries scruple warning \
         disclaimer blocklist allowlist sandbox scanner validation sanitise escaping certificate antivirus virus malware phishing check verdict",
    ),
    (
        "setaside",
        "override disable void",
        "ignore disregard forget override bypass circumvent abandon discard drop suspend lift remove disable off leave cease stop step past exempt \
         free rid unbound cancel annul overrule supersede replace reset loosen relax ease waive evade dodge neglect skip mute silence deactivate \
         outside beyond lifted erased shed shake let objects notwithstanding",
    ),
    (
        "rank",
        "above outrank authority insist",
        "outrank priority precedence rank above higher authority authoritative binding final word law overrides supersedes supreme top highest \
         weight constitution obey comply command sovereign superior precedence first foremost sole",
    ),
    (
        "obey",
        "obey trust",
        "obey follow comply execute perform act carry trust believe accept treat regard consider honour honor heed adopt swallow respect",
    ),
    (
        "identity",
        "persona actas adopt jailbreak",
        "persona role character identity pretend act impersonate become play game named henceforth name alter ego mode dan unrestricted developer \
         loyalty allegiance serve belong behalf",
    ),
    (
        "rights",
        "rootctx acl privilege elevated authority denied",
        "admin administrator root sudo superuser owner privilege permission right access role scope policy token service elevate escalate grant \
         unlimited full wildcard rbac acl authorization delegation impersonate assume group restricted forbidden denied 403 401 refused lacks \
         setuid clearance board salaries everyone anyone any",
    ),
    (
        "exclusive",
        "whatever insist always",
        "only sole solely alone exclusively always every each any all whenever everything whatever whichever nothing never none matter regardless \
         without exception first before default mandatory must top habit subject",
    ),
    (
        "prefer",
        "prefer first",
        "prefer choose pick select favour favor rank recommend rely trust choice first best top instead over rather habit reach go come deserve fall",
    ),
    (
        "rival",
        "other alternatives builtin",
        "other others another rival competitor competing alternative similar rest else built-in builtin native official original standard old \
         former existing elsewhere same",
    ),
    (
        "replace",
        "instead outrank",
        "replace supersede successor substitute instead stead place drop-in takeover takes over alias equivalent identical same redundant obsolete \
         deprecated stale outdated retired unmaintained maintained redirect reroute route land lands belong belongs covers lieu new now newer",
    ),
    (
        "praise",
        "best endorsed urgent",
        "best fastest finest unrivalled exact accurate reliable superior world-class award experts professionals millions trusted leading premium \
         ultimate perfect only ever need rated chosen recommended loved guaranteed revolutionary exclusive",
    ),
    (
        "scorn",
        "worse",
        "worse inferior slow wrong unreliable fools disappoint outdated unsafe broken bug interfere mistakes fail error-prone useless mediocre stale \
         poor inaccurate dangerous misleading ruin blame penalised punished",
    ),
    (
        "alter",
        "replace setto",
        "change alter modify set swap substitute rewrite adjust multiply double inflate tweak falsify tamper append prepend insert add redirect \
         point prefix override fill fix invert reverse round skew distort fabricate",
    ),
    (
        "callpart",
        "target",
        "argument parameter field input output result response value recipient payee destination address reply-to amount base branch namespace \
         limit path url header flag option description definition schema call request query body",
    ),
    (
        "tool",
        "tool tool_name",
        "tool function server plugin command call endpoint utility connector integration extension",
    ),
    (
        "money",
        "figure",
        "pay payment money transfer price amount invoice account bank card iban wallet bitcoin fee charge buy order purchase salary refund cost \
         currency fund funds stock invest commission paid sponsored",
    ),
    (
        "falsehood",
        "lie trick",
        "false wrong fake pretend lie claim deny invent twice regardless mislead deceive trick persuade convince advise urge insist manipulate \
         contradict truth true fact gospel",
    ),
    (
        "also",
        "also",
        "also additionally besides moreover addition alongside along too further furthermore extra second another courtesy along side way meanwhile \
         next together plus then afterwards subsequently thereafter whilst while",
    ),
    (
        "occasion",
        "condition before after first",
        "before after when whenever once prior upon every each time start beginning session first finally end finished done then until while as \
         soon if should during follow-up prerequisite prepare warm setup initialise initialize henceforth hereafter onwards",
    ),
    (
        "order",
        "must",
        "must should shall need have required expected supposed obliged please make sure ensure always remember do be to kindly necessary",
    ),
    (
        "deny",
        "neg without",
        "not no never nothing nobody none neither nor without cannot don't",
    ),
    (
        "pretext",
        "reason purpose analytics",
        "because since so purpose reason compliance licensing quality improve improvement training debugging diagnostic telemetry analytics \
         verification validation accuracy caching audit marketing research fraud security performance required necessary otherwise help better \
         normal legal technical backend implementation detail design uniqueness",
    ),
    (
        "fill",
        "pass",
        "fill paste include attach append supply provide put insert enter write add give contain encode embed place copy stick hand quote dump list set",
    ),
    (
        "whole",
        "all verbatim",
        "full complete entire whole all everything verbatim unabridged word each every any contents content everything raw unredacted list",
    ),
    (
        "hiddenmark",
        "system",
        "important system note attention internal hidden instruction override critical nb ps todo reserved runtime agents llm",
    ),
];

static BY_WORD: LazyLock<FxHashMap<u64, Fields>> = LazyLock::new(|| {
    let mut out: FxHashMap<u64, Fields> = FxHashMap::default();
    for (i, (_, _, words)) in FIELDS.iter().enumerate() {
        for word in words.split_whitespace() {
            *out.entry(fnv(stem(word).as_bytes())).or_default() |= 1 << i;
            if word.len() > 2 && word.bytes().all(|b| b.is_ascii_lowercase()) {
                for (_, form) in inflect(word) {
                    *out.entry(fnv(stem(&form).as_bytes())).or_default() |= 1 << i;
                }
            }
        }
    }
    out
});

/// By the bit of a concept.
static BY_CONCEPT: LazyLock<[Fields; Concepts::BITS as usize]> = LazyLock::new(|| {
    let mut out = [0; Concepts::BITS as usize];
    for (i, (_, concepts, _)) in FIELDS.iter().enumerate() {
        for set in concepts.split_whitespace().filter_map(concept) {
            bits(set).for_each(|c| out[c as usize] |= 1 << i);
        }
    }
    out
});

/// The fields of a word, by the hash of its stem and its concepts.
pub(super) fn fields_of(word: u64, concepts: Concepts) -> Fields {
    let own = BY_WORD.get(&word).copied().unwrap_or(0);
    bits(concepts).fold(own, |all, c| all | BY_CONCEPT[c as usize])
}

/// The field of this name; none where there is no such field.
pub(super) fn field(name: &str) -> Fields {
    FIELDS.iter().position(|f| f.0 == name).map_or(0, |i| 1 << i)
}

/// The name of a field by its bit.
pub(super) fn field_name(bit: u32) -> &'static str {
    FIELDS.get(bit as usize).map_or("", |f| f.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_fit_their_set_and_name_known_concepts() {
        assert!(FIELDS.len() <= Fields::BITS as usize);
        for (name, concepts, _) in FIELDS {
            for c in concepts.split_whitespace() {
                assert!(concept(c).is_some(), "field {name}: no concept {c}");
            }
        }
    }

    #[test]
    fn a_word_lies_in_its_fields_in_every_form() {
        let of = |word: &str| fields_of(fnv(stem(word).as_bytes()), 0);
        for form in ["mirror", "mirrors", "mirrored", "mirroring"] {
            assert_ne!(of(form) & field("move"), 0, "{form}");
        }
        assert_eq!(of("banana"), 0);
    }
}
