import { assert, describe, it } from "@effect/vitest"
import { Prompt } from "effect/ai"
import type { LlmRequest } from "greenlang/llm/LlmProvider"
import * as OpenAiDialect from "greenlang/llm/openai/OpenAiDialect"
import * as OpenAiRequest from "greenlang/llm/openai/OpenAiRequest"
import * as PromptOrder from "greenlang/llm/PromptOrder"

const callOf = (id: string, options: Prompt.ProviderOptions = {}) =>
  Prompt.toolCallPart({ id, name: "area", params: { width: 2 }, providerExecuted: false, options })
const calls = (...parts: ReadonlyArray<Prompt.ToolCallPart>) => Prompt.assistantMessage({ content: parts })
const results = (...ids: ReadonlyArray<string>) =>
  Prompt.toolMessage({
    content: ids.map((id) =>
      Prompt.toolResultPart({ id, name: "area", isFailure: false, providerExecuted: false, result: id })
    )
  })
const said = (text: string) => Prompt.userMessage({ content: [Prompt.textPart({ text })] })

/** Calls and results by their ids, in order. */
const orderOf = (...messages: ReadonlyArray<Prompt.Message>) =>
  PromptOrder.resultsBehindCalls(Prompt.fromMessages(messages)).map((message) =>
    typeof message.content === "string"
      ? message.content
      : message.content.map((part) => "id" in part ? `${part.type} ${part.id}` : part.type).join(", ")
  )

describe("a prompt for a vendor", () => {
  it("sends a history whose results stand behind their calls as it is", () => {
    const history = Prompt.fromMessages([
      said("Go."),
      calls(callOf("a"), callOf("b")),
      results("a", "b"),
      calls(callOf("c")),
      results("c")
    ])
    assert.strictEqual(PromptOrder.resultsBehindCalls(history), history.content)
  })

  it("puts results that stand elsewhere, or in another order, behind their calls", () => {
    const behind = ["tool-call a, tool-call b", "tool-result a, tool-result b"]
    assert.deepStrictEqual(orderOf(calls(callOf("a"), callOf("b")), results("b", "a")), behind)
    assert.deepStrictEqual(orderOf(calls(callOf("a"), callOf("b")), results("a"), results("b")), behind)
    assert.deepStrictEqual(
      orderOf(calls(callOf("a"), callOf("b")), results("a"), said("Wait."), results("b")),
      [...behind, "text"]
    )
    assert.deepStrictEqual(
      orderOf(calls(callOf("a")), results("a"), calls(callOf("b")), said("Wait."), results("b")),
      ["tool-call a", "tool-result a", "tool-call b", "tool-result b", "text"]
    )
    assert.deepStrictEqual(orderOf(results("a"), calls(callOf("b")), results("b")), [
      "tool-result a",
      "tool-call b",
      "tool-result b"
    ])
    assert.deepStrictEqual(orderOf(calls(callOf("a")), said("Now."), calls(callOf("b")), results("b")), [
      "tool-call a",
      "text",
      "tool-call b",
      "tool-result b"
    ])
  })
})

describe("a message that is sent again", () => {
  const messagesTo = (server: string, prompt: Prompt.Prompt) => {
    const request = { prompt, tools: [], toolChoice: "auto", responseFormat: { type: "text" } } as unknown as LlmRequest
    const body = OpenAiRequest.textOf(request, {
      model: "m",
      settings: {},
      stream: false,
      server,
      dialect: OpenAiDialect.of(`https://${server}/v1`, "m"),
      answerSchema: undefined
    })
    return JSON.parse(body).messages
  }

  it("keeps for each server what that one said about its calls", () => {
    const signed = callOf("a", { openai: { server: "one.example", call: { signature: "of one" } } })
    const prompt = Prompt.fromMessages([calls(signed), results("a")])
    const signatures = () =>
      ["one.example", "other.example", "one.example"].map((server) =>
        messagesTo(server, prompt)[0].tool_calls[0].signature
      )
    assert.deepStrictEqual(signatures(), ["of one", undefined, "of one"])
  })

  it("has the ids that its server takes, in each prompt", () => {
    const long = "a".repeat(50)
    const prompt = Prompt.fromMessages([calls(callOf(long), callOf("call_1")), results(long, "call_1")])
    const idsAt = (server: string, prompt: Prompt.Prompt) => {
      const [called, ...answered] = messagesTo(server, prompt)
      const ids = called.tool_calls.map(({ id }: { readonly id: string }) => id)
      assert.deepStrictEqual(answered.map((one: { readonly tool_call_id: string }) => one.tool_call_id), ids)
      return ids
    }
    const [renamed, kept] = idsAt("one.example", prompt)
    assert.strictEqual(kept, "call_1")
    assert.isAtMost(renamed.length, 40)
    assert.deepStrictEqual(idsAt("one.example", prompt), [renamed, kept])
    const short = idsAt("api.mistral.ai", prompt)
    assert.isTrue(short.every((id: string) => /^[a-zA-Z0-9]{9}$/.test(id)))
    assert.deepStrictEqual(idsAt("one.example", prompt), [renamed, kept])
    // another call has the id that would have been made
    const taken = Prompt.fromMessages([...prompt.content, calls(callOf(renamed)), results(renamed)])
    const ids = messagesTo("one.example", taken).flatMap((message: { readonly tool_calls?: Array<{ id: string }> }) =>
      message.tool_calls?.map(({ id }) => id) ?? []
    )
    assert.strictEqual(new Set(ids).size, 3)
  })
})
