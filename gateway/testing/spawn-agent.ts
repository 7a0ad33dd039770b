/** Starts and kills the agent's process. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { until } from './world.ts';

export interface AgentProcess {
  /** Waits for a line of its output. */
  said(line: string): Promise<void>;
  /** SIGKILL. */
  kill(): Promise<void>;
}

export function spawnAgent(environment: Record<string, string>): AgentProcess {
  const program = fileURLToPath(new URL('./agent-process.ts', import.meta.url));
  const child = spawn(process.execPath, [program], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  return {
    said: (line) => until(() => output.split('\n').includes(line), `the agent to say ${line}`),
    async kill() {
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    },
  };
}
