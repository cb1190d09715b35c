//! C#.

use crate::taint::api::{Api, At, Gives, Sink, When, api, sink};
use crate::taint::value::{Facet, Kinds};
use At::{Arg, Receiver};
use When::{Always, QueryText, StartInfo};

const EXEC: &str = "https://learn.microsoft.com/dotnet/api/system.diagnostics.process.start";
const PATH: &str = "https://cwe.mitre.org/data/definitions/22.html";
const URL: &str = "https://cwe.mitre.org/data/definitions/918.html";
const SQL: &str = "https://learn.microsoft.com/dotnet/fundamentals/code-analysis/quality-rules/ca2100";
const DESER: &str = "https://learn.microsoft.com/dotnet/standard/serialization/binaryformatter-security-guide";
const CODE: &str = "https://cwe.mitre.org/data/definitions/94.html";
const TPL: &str = "https://cwe.mitre.org/data/definitions/1336.html";

pub(in crate::taint::api) const SINKS: &[Sink] = &[
    sink("Process.Start", Kinds::SHELL, Arg(0, ""), StartInfo, EXEC),
    sink("ProcessStartInfo", Kinds::SHELL, Arg(0, ""), StartInfo, EXEC),
    sink("Process().Start", Kinds::SHELL, Receiver, StartInfo, EXEC),
    // Files.
    sink("File.ReadAllText", Kinds::PATH, Arg(0, ""), Always, PATH),
    sink("File.ReadAllTextAsync", Kinds::PATH, Arg(0, ""), Always, PATH),
    sink("File.ReadAllBytes", Kinds::PATH, Arg(0, ""), Always, PATH),
    sink("File.ReadAllBytesAsync", Kinds::PATH, Arg(0, ""), Always, PATH),
    sink("File.ReadAllLines", Kinds::PATH, Arg(0, ""), Always, PATH),
    sink("File.ReadAllLinesAsync", Kinds::PATH, Arg(0, ""), Always, PATH),
    sink("File.ReadLines", Kinds::PATH, Arg(0, ""), Always, PATH),
    sink("File.WriteAllText", Kinds::PATH, Arg(0, ""), Always, PATH),
    sink("File.WriteAllTextAsync", Kinds::PATH, Arg(0, ""), Always, PATH),
    sink("File.WriteAllBytes", Kinds::PATH, Arg(0, ""), Always, PATH),
    sink("File.WriteAllBytesAsync", Kinds::PATH, Arg(0, ""), Always, PATH),
    sink("File.AppendAllText", Kinds::PATH, Arg(0, ""), Always, PATH),
    sink("File.Open", Kinds::PATH, Arg(0, ""), Always, PATH),
    sink("File.OpenRead", Kinds::PATH, Arg(0, ""), Always, PATH),
    sink("File.OpenWrite", Kinds::PATH, Arg(0, ""), Always, PATH),
    sink("File.OpenText", Kinds::PATH, Arg(0, ""), Always, PATH),
    sink("File.Create", Kinds::PATH, Arg(0, ""), Always, PATH),
    sink("File.Delete", Kinds::PATH, Arg(0, ""), Always, PATH),
    sink("File.Copy", Kinds::PATH, Arg(0, ""), Always, PATH),
    sink("File.Copy", Kinds::PATH, Arg(1, ""), Always, PATH),
    sink("File.Move", Kinds::PATH, Arg(0, ""), Always, PATH),
    sink("File.Move", Kinds::PATH, Arg(1, ""), Always, PATH),
    sink("Directory.Delete", Kinds::PATH, Arg(0, ""), Always, PATH),
    sink("Directory.CreateDirectory", Kinds::PATH, Arg(0, ""), Always, PATH),
    sink("Directory.GetFiles", Kinds::PATH, Arg(0, ""), Always, PATH),
    sink("Directory.EnumerateFiles", Kinds::PATH, Arg(0, ""), Always, PATH),
    sink("Directory.GetDirectories", Kinds::PATH, Arg(0, ""), Always, PATH),
    sink("StreamReader", Kinds::PATH, Arg(0, ""), Always, PATH),
    sink("StreamWriter", Kinds::PATH, Arg(0, ""), Always, PATH),
    sink("FileStream", Kinds::PATH, Arg(0, ""), Always, PATH),
    // Requests.
    sink("HttpClient().GetAsync", Kinds::URL, Arg(0, ""), Always, URL),
    sink("HttpClient().GetStringAsync", Kinds::URL, Arg(0, ""), Always, URL),
    sink("HttpClient().GetByteArrayAsync", Kinds::URL, Arg(0, ""), Always, URL),
    sink("HttpClient().GetStreamAsync", Kinds::URL, Arg(0, ""), Always, URL),
    sink("HttpClient().GetFromJsonAsync", Kinds::URL, Arg(0, ""), Always, URL),
    sink("HttpClient().PostAsync", Kinds::URL, Arg(0, ""), Always, URL),
    sink("HttpClient().PutAsync", Kinds::URL, Arg(0, ""), Always, URL),
    sink("HttpClient().DeleteAsync", Kinds::URL, Arg(0, ""), Always, URL),
    sink("HttpRequestMessage", Kinds::URL, Arg(1, ""), Always, URL),
    sink("WebRequest.Create", Kinds::URL, Arg(0, ""), Always, URL),
    sink("WebClient().DownloadString", Kinds::URL, Arg(0, ""), Always, URL),
    sink("WebClient().DownloadFile", Kinds::URL, Arg(0, ""), Always, URL),
    // Queries.
    sink("SqlCommand", Kinds::QUERY, Arg(0, "CommandText"), QueryText, SQL),
    sink("SqliteCommand", Kinds::QUERY, Arg(0, "CommandText"), QueryText, SQL),
    sink("NpgsqlCommand", Kinds::QUERY, Arg(0, "CommandText"), QueryText, SQL),
    sink("MySqlCommand", Kinds::QUERY, Arg(0, "CommandText"), QueryText, SQL),
    sink("*.CommandText=", Kinds::QUERY, Arg(0, ""), QueryText, SQL),
    sink("*.Query", Kinds::QUERY, Arg(0, ""), QueryText, SQL),
    sink("*.QueryAsync", Kinds::QUERY, Arg(0, ""), QueryText, SQL),
    sink("*.Execute", Kinds::QUERY, Arg(0, ""), QueryText, SQL),
    sink("*.ExecuteAsync", Kinds::QUERY, Arg(0, ""), QueryText, SQL),
    sink("*.ExecuteScalarAsync", Kinds::QUERY, Arg(0, ""), QueryText, SQL),
    sink("*.ExecuteSqlRaw", Kinds::QUERY, Arg(0, ""), Always, SQL),
    sink("*.ExecuteSqlRawAsync", Kinds::QUERY, Arg(0, ""), Always, SQL),
    sink("*.FromSqlRaw", Kinds::QUERY, Arg(0, ""), Always, SQL),
    // Objects, code, templates.
    sink("BinaryFormatter().Deserialize", Kinds::OBJECT, Arg(0, ""), Always, DESER),
    sink("LosFormatter().Deserialize", Kinds::OBJECT, Arg(0, ""), Always, DESER),
    sink("NetDataContractSerializer().Deserialize", Kinds::OBJECT, Arg(0, ""), Always, DESER),
    sink("CSharpScript.EvaluateAsync", Kinds::CODE, Arg(0, ""), Always, CODE),
    sink("CSharpScript.RunAsync", Kinds::CODE, Arg(0, ""), Always, CODE),
    sink("Template.Parse", Kinds::TEMPLATE, Arg(0, ""), Always, TPL),
];

pub(in crate::taint::api) const APIS: &[Api] = &[
    api("int.Parse", Gives::Clean),
    api("Guid.Parse", Gives::Clean),
    api("Convert.ToInt32", Gives::Clean),
    api("File.*", Gives::Clean),
    api("Directory.*", Gives::Clean),
    api("Environment.Exit", Gives::Exit),
    api("string.Format", Gives::Format),
    api("String.Format", Gives::Format),
    api("string.Concat", Gives::Text),
    api("string.Join", Gives::Text),
    api("string.IsNullOrEmpty", Gives::Clean),
    api("string.IsNullOrWhiteSpace", Gives::Clean),
    api("MemoryStream", Gives::First),
    api("Convert.FromBase64String", Gives::Same(Facet::Plain)),
    api("Encoding.UTF8.GetBytes", Gives::Same(Facet::Plain)),
    api("Path.Combine", Gives::Path(Facet::Plain)),
    api("Path.Join", Gives::Path(Facet::Plain)),
    api("Path.GetFullPath", Gives::Path(Facet::Resolved)),
    api("Path.GetFileName", Gives::Without(Kinds::PATH)),
    api("Path.GetFileNameWithoutExtension", Gives::Without(Kinds::PATH)),
    api("Path.GetExtension", Gives::Without(Kinds::PATH)),
    api("Path.GetDirectoryName", Gives::Same(Facet::Plain)),
    api("Path.GetRelativePath", Gives::Relative),
    api("Path.TrimEndingDirectorySeparator", Gives::First),
    api("Path.IsPathRooted", Gives::Clean),
    api("Uri", Gives::Url),
    api("Uri.EscapeDataString", Gives::Without(Kinds::URL.or(Kinds::PATH).or(Kinds::SCHEME))),
    api("WebUtility.UrlEncode", Gives::Without(Kinds::URL.or(Kinds::PATH).or(Kinds::SCHEME))),
    api("WebUtility.HtmlEncode", Gives::Without(Kinds::MARKUP)),
    api("Regex.IsMatch", Gives::MatchesIn),
    api("Regex", Gives::Pattern),
    api("SqlParameter", Gives::Clean),
    api("ProcessStartInfo", Gives::Fields(&["FileName", "Arguments"])),
    api("Process", Gives::Fields(&[])),
];
