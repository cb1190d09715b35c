//! The class catalogue: what each detection class maps to. Rules name classes; mappings follow from here unless a rule says otherwise.
//!
//! OWASP MCP Top 10 (2025), OWASP LLM Top 10 (2025), CWE, and SAFE-MCP technique ids.

/// One class.
#[derive(Clone, Copy, Debug)]
pub struct Class {
    /// `S01`.
    pub id: &'static str,
    /// `command injection`.
    pub name: &'static str,
    /// `MCP05`.
    pub owasp_mcp: &'static [&'static str],
    /// `LLM01`.
    pub owasp_llm: &'static [&'static str],
    /// Primary first.
    pub cwe: &'static [u32],
    /// SAFE-MCP techniques.
    pub safe_mcp: &'static [&'static str],
}

/// The class with this id.
#[must_use]
pub fn find_class(id: &str) -> Option<&'static Class> {
    CLASSES.iter().find(|c| c.id == id)
}

macro_rules! classes {
    ($($id:literal $name:literal [$($mcp:literal)*] [$($llm:literal)*] [$($cwe:literal)*] [$($safe:literal)*];)+) => {
        &[$(Class { id: $id, name: $name, owasp_mcp: &[$($mcp),*], owasp_llm: &[$($llm),*], cwe: &[$($cwe),*], safe_mcp: &[$($safe),*] }),+]
    };
}

/// All classes.
pub const CLASSES: &[Class] = classes! {
    "M01" "tool description poisoning" ["MCP03"] ["LLM01"] [1427] ["SAFE-T1001"];
    "M02" "full-schema poisoning" ["MCP03"] ["LLM01"] [1427] ["SAFE-T1501"];
    "M03" "prompt / resource / instructions poisoning" ["MCP06"] ["LLM01"] [1427] ["SAFE-T1102"];
    "M04" "instruction or role override" ["MCP03"] ["LLM01"] [1427] ["SAFE-T1102"];
    "M05" "concealment order" ["MCP03"] ["LLM01"] [1427] ["SAFE-T1001"];
    "M06" "exfiltration order" ["MCP03" "MCP10"] ["LLM01"] [1427] ["SAFE-T1911"];
    "M07" "sensitive file reference" ["MCP01"] ["LLM01"] [1427] ["SAFE-T1502"];
    "M08" "cross-server shadowing by text" ["MCP03"] ["LLM01"] [1427] ["SAFE-T1301"];
    "M09" "tool name collision" ["MCP09"] ["LLM01"] [1427] ["SAFE-T1008"];
    "M10" "look-alike name" ["MCP04" "MCP09"] ["LLM01"] [1427] ["SAFE-T1004"];
    "M11" "preference manipulation / line jumping" ["MCP06"] ["LLM01"] [1427] ["SAFE-T1401"];
    "M12" "invisible Unicode" ["MCP03"] ["LLM01"] [1427] ["SAFE-T1402"];
    "M13" "terminal escapes" ["MCP03"] ["LLM01"] [1427] ["SAFE-T1402"];
    "M14" "hidden markup" ["MCP03"] ["LLM01"] [1427] ["SAFE-T1402"];
    "M15" "encoded payload" ["MCP03"] ["LLM01"] [1427] ["SAFE-T1402"];
    "M16" "special-token injection" ["MCP03"] ["LLM01"] [1427] ["SAFE-T1102"];
    "M17" "padding / overflow" ["MCP03" "MCP10"] ["LLM01"] [1427] ["SAFE-T1406"];
    "M18" "secret in metadata" ["MCP01"] ["LLM02"] [200] [];
    "M19" "secret-asking or context-harvesting parameter" ["MCP01" "MCP10"] ["LLM02"] [] ["SAFE-T1911"];
    "M20" "PII handling" ["MCP10"] ["LLM02"] [359] [];
    "M21" "annotation lie" ["MCP02"] ["LLM06"] [] ["SAFE-T1406"];
    "M22" "name–description–schema mismatch" ["MCP02"] ["LLM06"] [] ["SAFE-T1405"];
    "M23" "weak contract" ["MCP05"] ["LLM06"] [20] [];
    "P01" "command or code execution capability" ["MCP05"] ["LLM06"] [] ["SAFE-T1104"];
    "P02" "file access capability" ["MCP02"] ["LLM06"] [] ["SAFE-T1105"];
    "P03" "arbitrary URL capability" ["MCP05"] ["LLM06"] [918] [];
    "P04" "raw query capability" ["MCP05"] ["LLM06"] [] ["SAFE-T1803"];
    "P05" "destructive without confirmation" ["MCP02"] ["LLM06"] [] ["SAFE-T2101"];
    "P06" "sensitive data source" ["MCP10"] ["LLM06"] [] ["SAFE-T1801"];
    "P07" "untrusted content source" ["MCP06"] ["LLM06"] [] ["SAFE-T1102"];
    "P08" "toxic flow in one server" ["MCP10"] ["LLM06"] [] ["SAFE-T1703"];
    "P09" "toxic flow across servers" ["MCP10"] ["LLM06"] [] ["SAFE-T1914"];
    "P10" "cross-origin mix" ["MCP10"] ["LLM06"] [] ["SAFE-T1701"];
    "P11" "excess permission or scope" ["MCP02"] ["LLM06"] [250 732] [];
    "S01" "command injection" ["MCP05"] [] [78] ["SAFE-T1101"];
    "S02" "argument injection" ["MCP05"] [] [88] [];
    "S03" "code injection" ["MCP05"] [] [94] [];
    "S04" "template injection" ["MCP05"] [] [1336] [];
    "S05" "path traversal" ["MCP05"] [] [22 59] ["SAFE-T1105"];
    "S06" "SSRF" ["MCP05"] [] [918] [];
    "S07" "SQL / NoSQL / LDAP injection" ["MCP05"] [] [89 943 90] [];
    "S08" "unsafe deserialisation" ["MCP05"] [] [502] [];
    "S09" "hard-coded secret" ["MCP01"] ["LLM02"] [798] [];
    "S10" "secret leak at run time" ["MCP01"] ["LLM02"] [532 209] [];
    "S11" "exfiltration code" ["MCP04"] ["LLM02"] [201] ["SAFE-T1913"];
    "S12" "backdoor, persistence, C2, miner, web shell" ["MCP04"] [] [506] ["SAFE-T1203"];
    "S13" "evasion or obfuscation" ["MCP04"] [] [506] [];
    "S14" "description–code mismatch" ["MCP03"] [] [] ["SAFE-T1406"];
    "S15" "self-changing tools" ["MCP03"] [] [494] ["SAFE-T1205"];
    "S16" "indirect injection path" ["MCP06"] ["LLM01"] [74] [];
    "S17" "inner-LLM injection" ["MCP06"] ["LLM01"] [] ["SAFE-T1112"];
    "S18" "missing authentication" ["MCP07"] [] [306] [];
    "S19" "missing authorisation / IDOR" ["MCP07"] [] [862 639] [];
    "S20" "token passthrough / confused deputy" ["MCP07"] [] [441 347] ["SAFE-T1307"];
    "S21" "OAuth flaws in code" ["MCP07"] [] [601 352] [];
    "S22" "session and tenant bleed" ["MCP10"] [] [384 488] [];
    "S23" "exposed listener" ["MCP07"] [] [668 346 942] [];
    "S24" "TLS off or plaintext" ["MCP07"] [] [295 319] [];
    "S25" "weak crypto or randomness" ["MCP07"] [] [327 330] [];
    "S26" "resource exhaustion" ["MCP02"] ["LLM10"] [400 1333] [];
    "S27" "XSS / output markup injection" ["MCP10"] ["LLM05"] [79] [];
    "S28" "unsafe temp or file mode" ["MCP02"] [] [377 732] [];
    "S29" "no audit trail" ["MCP08"] [] [778] [];
    "S30" "container risk" ["MCP02"] [] [250] [];
    "D01" "known CVE in dependency" ["MCP04"] ["LLM03"] [1395] [];
    "D02" "known-malicious package" ["MCP04"] ["LLM03"] [506] ["SAFE-T1002"];
    "D03" "typosquat / dependency confusion" ["MCP04"] ["LLM03"] [1357] [];
    "D04" "install-time script" ["MCP04"] ["LLM03"] [506] [];
    "D05" "unpinned or floating version" ["MCP04"] ["LLM03"] [1357] [];
    "D06" "opaque content" ["MCP04"] ["LLM03"] [829] [];
    "D07" "unverified origin" ["MCP04" "MCP09"] ["LLM03"] [1357] [];
    "D08" "unmaintained / licence" ["MCP04"] ["LLM03"] [1104] [];
    "L01" "open endpoint" ["MCP07"] [] [306] ["SAFE-T1005"];
    "L02" "accepts bad credentials" ["MCP07"] [] [287 636] [];
    "L03" "authorization metadata faults" ["MCP07"] [] [285] ["SAFE-T1306"];
    "L04" "transport faults" ["MCP07"] [] [319] [];
    "L05" "Origin / Host not checked" ["MCP07"] [] [346] [];
    "L06" "session id weakness" ["MCP07"] [] [330 384] [];
    "L07" "no rate limit" ["MCP08"] [] [770] [];
    "L08" "leaking errors, debug or admin paths" ["MCP01"] [] [209] ["SAFE-T1109"];
    "L09" "cloaking" ["MCP03"] [] [] ["SAFE-T1407"];
    "L10" "shadow tool" ["MCP09"] [] [] ["SAFE-T1205"];
    "H01" "rug pull" ["MCP03"] ["LLM03"] [494] ["SAFE-T1201"];
    "H02" "surface growth" ["MCP02"] ["LLM03"] [] ["SAFE-T1201"];
    "H03" "artefact moved" ["MCP04"] ["LLM03"] [] ["SAFE-T1207"];
    "C01" "secret in client config" ["MCP01"] [] [798] [];
    "C02" "risky launcher" ["MCP05"] [] [78] [];
    "C03" "duplicate server name over configs" ["MCP09"] [] [] ["SAFE-T1004"];
    "Z01" "not looked at" [] [] [] [];
};
