import { exec } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(exec);

/** The last commits of a branch: „quoted“ 🙂. */
export async function history(branch: string): Promise<string> {
  const command = `git log -n 20 ${branch}`;
  const { stdout } = await run(command);
  return stdout;
}
