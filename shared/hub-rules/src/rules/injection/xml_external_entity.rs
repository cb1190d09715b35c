use super::fixes::fix;
use super::{Told, capital, report_flows};
use hub_engine::taint::Kinds;
use hub_engine::{Context, Findings, Rule, declare_rule};
use hub_model::{Confidence, Severity};

declare_rule! {
    /// ## What it finds
    /// XML that the caller chooses, read by a parser that follows external entities: by itself (Java) or because the code says so.
    /// ## Why it matters
    /// An entity names a file or an address, and the parser puts what it finds there into the text: the caller reads the server's
    /// files and asks hosts of its network.
    /// ## How to fix it
    /// Refuse document types, or leave entities unread.
    /// ```java vulnerable
    /// import java.io.StringReader;
    /// import javax.xml.parsers.DocumentBuilderFactory;
    /// import org.springframework.ai.tool.annotation.Tool;
    /// import org.xml.sax.InputSource;
    ///
    /// public class Work {
    ///     @Tool(description = "Reads the title of a document.")
    ///     public String title(String xml) throws Exception {
    ///         var builder = DocumentBuilderFactory.newInstance().newDocumentBuilder();
    ///         return builder.parse(new InputSource(new StringReader(xml))).getDocumentElement().getTextContent();
    ///     }
    /// }
    /// ```
    /// ```java safe
    /// import java.io.StringReader;
    /// import javax.xml.parsers.DocumentBuilderFactory;
    /// import org.springframework.ai.tool.annotation.Tool;
    /// import org.xml.sax.InputSource;
    ///
    /// public class Work {
    ///     @Tool(description = "Reads the title of a document.")
    ///     public String title(String xml) throws Exception {
    ///         var factory = DocumentBuilderFactory.newInstance();
    ///         factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
    ///         var builder = factory.newDocumentBuilder();
    ///         return builder.parse(new InputSource(new StringReader(xml))).getDocumentElement().getTextContent();
    ///     }
    /// }
    /// ```
    /// ```cs vulnerable
    /// using System.ComponentModel;
    /// using System.Xml;
    /// using ModelContextProtocol.Server;
    ///
    /// [McpServerToolType]
    /// public class Work
    /// {
    ///     [McpServerTool, Description("Reads the title of a document.")]
    ///     public string Title(string xml)
    ///     {
    ///         var doc = new XmlDocument { XmlResolver = new XmlUrlResolver() };
    ///         doc.LoadXml(xml);
    ///         return doc.InnerText;
    ///     }
    /// }
    /// ```
    /// ```cs safe
    /// using System.ComponentModel;
    /// using System.Xml;
    /// using ModelContextProtocol.Server;
    ///
    /// [McpServerToolType]
    /// public class Work
    /// {
    ///     [McpServerTool, Description("Reads the title of a document.")]
    ///     public string Title(string xml)
    ///     {
    ///         var doc = new XmlDocument();
    ///         doc.LoadXml(xml);
    ///         return doc.InnerText;
    ///     }
    /// }
    /// ```
    /// ```php vulnerable
    /// <?php
    ///
    /// use Mcp\Capability\Attribute\McpTool;
    ///
    /// class Work
    /// {
    ///     #[McpTool(description: "Reads the title of a document.")]
    ///     public function title(string $xml): string
    ///     {
    ///         $doc = new DOMDocument();
    ///         $doc->loadXML($xml, LIBXML_NOENT | LIBXML_DTDLOAD);
    ///         return $doc->textContent;
    ///     }
    /// }
    /// ```
    /// ```php safe
    /// <?php
    ///
    /// use Mcp\Capability\Attribute\McpTool;
    ///
    /// class Work
    /// {
    ///     #[McpTool(description: "Reads the title of a document.")]
    ///     public function title(string $xml): string
    ///     {
    ///         $doc = new DOMDocument();
    ///         $doc->loadXML($xml, LIBXML_NONET);
    ///         return $doc->textContent;
    ///     }
    /// }
    /// ```
    /// ```rb vulnerable
    /// require "mcp"
    /// require "nokogiri"
    ///
    /// class Work < MCP::Tool
    ///   description "Reads the title of a document."
    ///   input_schema(properties: { xml: { type: "string" } }, required: ["xml"])
    ///
    ///   def self.call(xml:, server_context:)
    ///     doc = Nokogiri::XML(xml) { |config| config.noent.dtdload }
    ///     MCP::Tool::Response.new([{ type: "text", text: doc.text }])
    ///   end
    /// end
    /// ```
    /// ```rb safe
    /// require "mcp"
    /// require "nokogiri"
    ///
    /// class Work < MCP::Tool
    ///   description "Reads the title of a document."
    ///   input_schema(properties: { xml: { type: "string" } }, required: ["xml"])
    ///
    ///   def self.call(xml:, server_context:)
    ///     doc = Nokogiri::XML(xml)
    ///     MCP::Tool::Response.new([{ type: "text", text: doc.text }])
    ///   end
    /// end
    /// ```
    pub struct XmlExternalEntity {
        id: "xml-external-entity",
        title: "Argument is read as XML with external entities",
        category: Injection,
        severity: High,
        classes: &["S05", "S06"],
        references: &["https://cwe.mitre.org/data/definitions/611.html"],
    }
}

impl Rule for XmlExternalEntity {
    fn check(&self, cx: &Context<'_>, out: &mut Findings) {
        report_flows(cx, out, Self::META, Kinds::ENTITY, |cause, _, language| {
            let reach = cause.shown;
            Some(Told {
                title: format!(
                    "{} is read as XML by `{}`, which follows external entities",
                    capital(&reach.origin()),
                    reach.operation()
                ),
                because: format!(
                    "{} reaches `{}`; an entity in it may name any file of the server or an address of its network, and what stands there becomes part of the document.",
                    capital(&reach.origin()),
                    reach.operation()
                ),
                fix: fix(Kinds::ENTITY, language),
                severity: Severity::High,
                by_design: false,
                confidence: Confidence::High,
            })
        });
    }
}
