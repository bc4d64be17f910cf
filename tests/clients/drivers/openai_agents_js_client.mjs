// @openai/agents: an agent with function tools, run and run streamed.
import { Agent, OpenAIChatCompletionsModel, OpenAIResponsesModel, Runner, setTracingDisabled, tool } from '@openai/agents';
import OpenAI from 'openai';
import { ENOUGH } from './contract.mjs';

setTracingDisabled(true);

class Responses {
  static pkg = '@openai/agents';

  constructor(call) {
    this.call = call;
    const client = new OpenAI({ baseURL: call.base_url, apiKey: call.key, defaultHeaders: call.headers });
    const tools = call.functions().map(({ run, ...f }) => tool({ ...f, strict: true, execute: run, errorFunction: null }));
    this.agent = new Agent({ name: 'Interviewer', model: this.model(client), tools });
    this.runner = new Runner({ tracingDisabled: true });
    this.items = [];
  }

  model(client) {
    return new OpenAIResponsesModel(client, 'webhook');
  }

  async say(words) {
    const asked = [...this.items, { role: 'user', content: words }];
    const result = await this.runner.run(this.agent, asked, { stream: this.call.stream });
    if (this.call.stream) {
      for await (const _ of result);
      if (result.error) throw result.error;
    }
    this.items = result.history;
    const spoken = result.newItems.filter((item) => item.type === 'message_output_item').map((item) => item.content);
    const { usage } = result.runContext;
    return { text: spoken.join(''), usage: { input: usage.inputTokens, output: usage.outputTokens } };
  }

  async interrupt(words) {
    this.items = [...this.items, { role: 'user', content: words }];
    const hangUp = new AbortController();
    const result = await this.runner.run(this.agent, this.items, { stream: true, signal: hangUp.signal });
    let heard = '';
    for await (const event of result) {
      if (event.type === 'raw_model_stream_event' && event.data.type === 'output_text_delta') heard += event.data.delta;
      if (heard.length >= ENOUGH) hangUp.abort();
    }
    const content = [{ type: 'output_text', text: heard }];
    this.items.push({ type: 'message', role: 'assistant', status: 'completed', content });
    return heard;
  }
}

class Chat extends Responses {
  model(client) {
    return new OpenAIChatCompletionsModel(client, 'webhook');
  }
}

export const CLIENTS = { '@openai/agents, default (responses)': Responses, '@openai/agents, chat': Chat };
