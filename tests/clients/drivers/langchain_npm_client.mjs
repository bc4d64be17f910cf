// @langchain/openai: a chat model with tools bound, invoked and streamed.
import { AIMessage, HumanMessage, ToolMessage } from '@langchain/core/messages';
import { ChatOpenAI } from '@langchain/openai';
import { ENOUGH, added } from './contract.mjs';

class Chat {
  static pkg = '@langchain/openai';
  responses = false;

  constructor(call) {
    this.call = call;
    this.history = [];
  }

  get model() {
    const configuration = { baseURL: this.call.base_url, defaultHeaders: this.call.headers };
    const settings = { model: 'webhook', apiKey: this.call.key, configuration, useResponsesApi: this.responses, streamUsage: true };
    const tools = this.call.functions().map(({ run, ...f }) => ({ type: 'function', function: f }));
    const model = new ChatOpenAI(settings);
    return tools.length ? model.bindTools(tools) : model;
  }

  async say(words) {
    this.history.push(new HumanMessage(words));
    const said = { text: '', usage: null };
    for (;;) {
      const reply = await this.reply();
      this.history.push(reply);
      said.text += reply.text;
      const told = reply.usage_metadata;
      said.usage = added(said.usage, told && { input: told.input_tokens, output: told.output_tokens });
      for (const call of reply.tool_calls ?? []) {
        const content = this.call.functions().find(({ name }) => name === call.name).run(call.args);
        this.history.push(new ToolMessage({ content, tool_call_id: call.id, name: call.name }));
      }
      if (!reply.tool_calls?.length) return said;
    }
  }

  async reply() {
    if (!this.call.stream) return this.model.invoke(this.history);
    let whole = null;
    for await (const chunk of await this.model.stream(this.history)) whole = whole === null ? chunk : whole.concat(chunk);
    return whole;
  }

  async interrupt(words) {
    this.history.push(new HumanMessage(words));
    let heard = '';
    for await (const chunk of await this.model.stream(this.history)) {
      heard += chunk.text;
      if (heard.length >= ENOUGH) break;
    }
    this.history.push(new AIMessage(heard));
    return heard;
  }
}

class Responses extends Chat {
  responses = true;
}

export const CLIENTS = { '@langchain/openai, chat': Chat, '@langchain/openai, `useResponsesApi`': Responses };
