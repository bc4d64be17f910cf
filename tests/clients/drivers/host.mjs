// Runs one driver: JSON lines in, JSON lines out. `node host.mjs openai_npm_client`. What a driver is stands in
// contract.py; here it is a class whose objects have `say`, `interrupt` and, where needed, `close`.
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

// The runner's end of the line. Whatever a package prints goes to the log instead.
const tell = (document) => process.stdout.write(JSON.stringify(document) + '\n');
console.log = console.info = console.warn = console.debug = console.error;

const TOOLS = {
  end_call: {
    description: 'Hang up, after the last words.',
    properties: {
      reason: { type: 'string', enum: ['done', 'user_request'] },
      delay_seconds: { anyOf: [{ type: 'integer' }, { type: 'null' }] },
    },
    result: 'The call has ended.',
  },
  skip_turn: {
    description: 'Say nothing and wait for the caller.',
    properties: { reason: { type: 'string' } },
    result: 'Waiting.',
  },
};

// Where to ask and how: base_url, key, headers, stream, tools. `ran` grows by the name of each tool the client runs.
class Call {
  constructor(fields) {
    Object.assign(this, fields, { ran: [] });
  }

  // The tools, as { name, description, parameters (a JSON schema), run(arguments) }.
  functions() {
    return Object.entries(this.tools ? TOOLS : {}).map(([name, { description, properties, result }]) => ({
      name,
      description,
      parameters: { type: 'object', properties, required: Object.keys(properties), additionalProperties: false },
      run: (given) => {
        check(name, given);
        this.ran.push(name);
        return result;
      },
    }));
  }
}

function check(name, given) {
  const { reason, delay_seconds: delay } = given;
  const fits = name === 'skip_turn' || (['done', 'user_request'].includes(reason) && (delay === null || Number.isInteger(delay)));
  const whole = Object.keys(given).sort().join() === Object.keys(TOOLS[name].properties).sort().join();
  if (!fits || !whole || typeof reason !== 'string') throw new Error(`arguments of ${name}: ${JSON.stringify(given)}`);
}

function described(clients) {
  return Object.entries(clients).map(([name, { pkg, modes = ['stream', 'whole'], faults = {} }]) => {
    const found = JSON.parse(readFileSync(new URL(`../node_modules/${pkg}/package.json`, import.meta.url)));
    return { name, package: pkg, version: found.version, modes, interrupts: true, faults };
  });
}

let talk = null;

async function step(clients, asked) {
  if ('open' in asked) {
    talk = new clients[asked.client](new Call(asked.open));
    return {};
  }
  if ('close' in asked) {
    await talk.close?.();
    return {};
  }
  const before = talk.call.ran.length;
  const answer = 'interrupt' in asked ? { text: await talk.interrupt(asked.interrupt) } : await talk.say(asked.say);
  return { text: answer.text, usage: answer.usage ?? null, ran: talk.call.ran.slice(before) };
}

process.on('unhandledRejection', (error) => console.error('unhandled', error));
const { CLIENTS } = await import(`./${process.argv[2]}.mjs`);
tell({ clients: described(CLIENTS) });
for await (const line of createInterface({ input: process.stdin })) {
  try {
    tell(await step(CLIENTS, JSON.parse(line)));
  } catch (error) {
    console.error(error);
    tell({ error: `${error.name}: ${error.message}` });
  }
}
process.exit(0);
