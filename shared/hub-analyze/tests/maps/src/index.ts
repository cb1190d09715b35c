import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { z } from "zod";
import { history } from "./history.js";

const server = new McpServer({ name: "notes", version: "1.0.0" });

/** Shows what was committed. */
server.registerTool(
  "history",
  { description: "Shows the history of a branch: „naïve“ 🙂.", inputSchema: { branch: z.string() } },
  async ({ branch }) => {
    const text = await history(branch);
    return { content: [{ type: "text", text }] };
  },
);
