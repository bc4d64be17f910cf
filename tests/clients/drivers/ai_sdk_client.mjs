// AI SDK: generateText and streamText with several steps, over its three ways to our service.
import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { generateText, jsonSchema, stepCountIs, streamText, tool } from 'ai';
import { ENOUGH } from './contract.mjs';

class Compatible {
  static pkg = '@ai-sdk/openai-compatible';

  constructor(call) {
    this.call = call;
    const where = { name: 'webhook', baseURL: call.base_url, apiKey: call.key, headers: call.headers };
    const tools = call.functions().map(({ name, description, parameters, run }) => [
      name,
      tool({ description, inputSchema: jsonSchema(parameters), execute: async (given) => run(given) }),
    ]);
    this.settings = { model: this.model(where), stopWhen: stepCountIs(8), ...(tools.length ? { tools: Object.fromEntries(tools) } : {}) };
    this.messages = [];
  }

  model(where) {
    return createOpenAICompatible({ ...where, includeUsage: true })('webhook');
  }

  async say(words) {
    this.messages.push({ role: 'user', content: words });
    const { steps, usage, messages } = this.call.stream ? await this.streamed() : await this.whole();
    this.messages.push(...messages);
    const told = usage?.inputTokens === undefined ? null : { input: usage.inputTokens, output: usage.outputTokens };
    return { text: steps.map((step) => step.text).join(''), usage: told };
  }

  async whole() {
    const result = await generateText({ ...this.settings, messages: this.messages });
    return { steps: result.steps, usage: result.totalUsage, messages: result.responseMessages };
  }

  async streamed() {
    let failed = null;
    const onError = ({ error }) => (failed = error);
    const result = streamText({ ...this.settings, messages: this.messages, onError });
    await result.consumeStream({ onError: () => {} });
    if (failed) throw failed;
    return { steps: await result.steps, usage: await result.totalUsage, messages: await result.responseMessages };
  }

  async interrupt(words) {
    this.messages.push({ role: 'user', content: words });
    const hangUp = new AbortController();
    let heard = '';
    const result = streamText({ ...this.settings, messages: this.messages, abortSignal: hangUp.signal, onError: () => {} });
    for await (const delta of result.textStream) {
      heard += delta;
      if (heard.length >= ENOUGH) hangUp.abort();
    }
    this.messages.push({ role: 'assistant', content: heard });
    return heard;
  }
}

class Responses extends Compatible {
  static pkg = '@ai-sdk/openai';

  model(where) {
    return createOpenAI(where)('webhook');
  }
}

class Chat extends Compatible {
  static pkg = '@ai-sdk/openai';

  model(where) {
    return createOpenAI(where).chat('webhook');
  }
}

export const CLIENTS = {
  'AI SDK, openai-compatible': Compatible,
  'AI SDK, `openai()` (responses)': Responses,
  'AI SDK, `openai.chat()`': Chat,
};
