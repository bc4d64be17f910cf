// openai from npm: `create` and its stream, and `runTools`, which runs tools by itself.
import OpenAI from 'openai';
import { ENOUGH, added } from './contract.mjs';

class Chat {
  static pkg = 'openai';

  constructor(call) {
    this.call = call;
    this.client = new OpenAI({ baseURL: call.base_url, apiKey: call.key, defaultHeaders: call.headers });
    this.history = [];
  }

  async say(words) {
    this.history.push({ role: 'user', content: words });
    const before = this.history.length;
    const fields = { model: 'webhook', messages: this.history };
    if (this.call.stream) Object.assign(fields, { stream: true, stream_options: { include_usage: true } });
    const { completions } = this.client.chat;
    const tools = this.call.functions().map(({ run, ...f }) => ({ type: 'function', function: { ...f, function: run, parse: JSON.parse } }));
    let runner = null;
    if (tools.length) runner = completions.runTools({ ...fields, tools });
    else if (this.call.stream) runner = completions.stream(fields);
    if (runner === null) {
      const completion = await completions.create(fields);
      this.history.push(completion.choices[0].message);
      return { text: completion.choices[0].message.content, usage: usageOf(completion.usage) };
    }
    await runner.done();
    this.history = [...runner.messages];
    const spoken = this.history.slice(before).filter((message) => message.role === 'assistant');
    return { text: spoken.map((message) => message.content ?? '').join(''), usage: usageOf(await runner.totalUsage()) };
  }

  async interrupt(words) {
    this.history.push({ role: 'user', content: words });
    let heard = '';
    const stream = await this.client.chat.completions.create({ model: 'webhook', messages: this.history, stream: true });
    for await (const chunk of stream) {
      heard += chunk.choices[0]?.delta.content ?? '';
      if (heard.length >= ENOUGH) break;
    }
    this.history.push({ role: 'assistant', content: heard });
    return heard;
  }
}

const usageOf = (usage) => usage && { input: usage.prompt_tokens, output: usage.completion_tokens };

class Responses extends Chat {
  fields() {
    const tools = this.call.functions().map(({ run, ...f }) => ({ type: 'function', strict: true, ...f }));
    return { model: 'webhook', input: this.history, ...(tools.length ? { tools } : {}) };
  }

  async say(words) {
    this.history.push({ role: 'user', content: words });
    const said = { text: '', usage: null };
    for (;;) {
      const response = await this.ask();
      this.history.push(...response.output.map(({ parsed_arguments: _, ...item }) => item));
      said.text += response.output_text;
      said.usage = added(said.usage, response.usage && { input: response.usage.input_tokens, output: response.usage.output_tokens });
      const calls = response.output.filter((item) => item.type === 'function_call');
      for (const call of calls) {
        const tool = this.call.functions().find(({ name }) => name === call.name);
        const output = tool.run(JSON.parse(call.arguments));
        this.history.push({ type: 'function_call_output', call_id: call.call_id, output });
      }
      if (!calls.length) return said;
    }
  }

  async ask() {
    if (!this.call.stream) return this.client.responses.create(this.fields());
    return this.client.responses.stream(this.fields()).finalResponse();
  }

  async interrupt(words) {
    this.history.push({ role: 'user', content: words });
    let heard = '';
    for await (const event of await this.client.responses.create({ ...this.fields(), stream: true })) {
      if (event.type === 'response.output_text.delta') heard += event.delta;
      if (heard.length >= ENOUGH) break;
    }
    this.history.push({ role: 'assistant', content: heard });
    return heard;
  }
}

export const CLIENTS = { 'openai (npm), chat': Chat, 'openai (npm), responses': Responses };
