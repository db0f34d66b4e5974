/**
 * Calls of tools that a server printed into the text, in the words of its model's template: Hermes and Qwen (`<tool_call>`), Llama
 * (`<function=...>`, `<|python_tag|>`, bare JSON), Mistral (`[TOOL_CALLS]`), GLM, Kimi, DeepSeek, MiniMax and gpt-oss.
 *
 * 1. Only a call of a tool that was offered is one. What names another stays text.
 * 2. Values that stand in tags are read as the schema of the tool says: a text stays as it is, anything else is JSON.
 */
import * as Result from "effect/Result"
import * as JsonScan from "./JsonScan.ts"
import * as LooseJson from "./LooseJson.ts"
import type { ToolWire, WiredTool } from "./ToolWire.ts"

/** A call, with its arguments as JSON. */
interface PrintedCall {
  readonly name: string
  readonly json: string
}

/** What a text holds. */
export interface Read {
  readonly calls: ReadonlyArray<PrintedCall>
  /** The text without the calls. */
  readonly text: string
}

/** Where calls may begin. */
export const begin = new RegExp(
  [
    String.raw`<(?:｜DSML｜|\w+:)?(?:tool_calls?|function_calls?)>`,
    String.raw`<\|tool_call`,
    "<function=",
    "<(?:｜DSML｜)?invoke name=",
    String.raw`\[TOOL_CALLS\]`,
    String.raw`<\|python_tag\|>`,
    "<｜tool▁calls?▁begin｜>",
    String.raw`(?:<\|start\|>assistant)?<\|channel\|>\s*commentary\s+to=`
  ].join("|")
)

/** The beginning of `begin` at the end of a text, with the white space before it. */
export const mayBegin = /\s*(?:<[^<>\s]{0,30}(?:>[^<>]{0,30})?|\[[A-Z_]{0,10})?$/

/** Whether a text that begins with a brace names a tool first, or may go on to do so. */
export const bare = /^\s*\[?\s*\{\s*(?:"(?:name|tool|tool_name|function|type)"\s*:|"?[a-z_]{0,9}"?\s*$)|^\s*\[?\s*$/

/** How calls are printed. A group is the name, JSON of the arguments, values in tags, or JSON of calls. */
const forms: ReadonlyArray<RegExp> = [
  /<\|tool_call_begin\|>\s*(?<name>[^<]+?)\s*<\|tool_call_argument_begin\|>(?<json>[^]*?)(?:<\|tool_call_end\|>|$)/g,
  /<｜tool▁call▁begin｜>(?:function<｜tool▁sep｜>)?(?<name>[^\n<`]+?)(?:<｜tool▁sep｜>|\s*\n)(?<json>[^]*?)(?:<｜tool▁call▁end｜>|$)/g,
  /<(?:｜DSML｜)?invoke name="(?<name>[^"]+)"[^>]*>(?<values>[^]*?)(?:<\/(?:｜DSML｜)?invoke>|$)/g,
  /<function=(?<name>[^>\s]+)>(?<values>[^]*?)(?:<\/function>|$)/g,
  /<tool_call>\s*(?<name>[\w.:-]+)\s*(?<values>(?:<arg_key>|\{)[^]*?|)\s*(?:<\/tool_call>|$)/g,
  /\[TOOL_CALLS\]\s*(?<name>[\w.:-]+)\s*(?:\[CALL_ID\]\w*)?(?:\[ARGS\])?\s*(?<json>\{[^]*?)(?=\[TOOL_CALLS\]|$)/g,
  /<\|channel\|>\s*commentary\s+to=(?<name>[\w.:-]+)[^<]*(?:<\|constrain\|>\s*\w*\s*)?<\|message\|>(?<json>[^]*?)(?:<\|call\|>|<\|end\|>|$)/g,
  /(?:<tool_calls?>|<\|tool_call\|?>|<function_calls?>|\[TOOL_CALLS\]|<\|python_tag\|>)\s*(?<list>[[{][^]*?)(?:<\/tool_calls?>|<\|?\/?tool_call\|>|<\/function_calls?>|<\|eo[mt]_id\|>|$)/g,
  /^\s*(?<list>[[{][^]*[\]}])\s*$/g
]

/** What stands around calls. */
const around =
  /<\/?(?:｜DSML｜|\w+:)?(?:tool_calls?|function_calls?)>|<\|tool_calls_section_(?:begin|end)\|>|<｜tool▁calls▁(?:begin|end)｜>|<\|start\|>assistant|<\|(?:eom_id|eot_id|im_end|call)\|>/g

/** Reads `text`. `undefined` where it holds no call of an offered tool. */
export const read = (text: string, tools: ToolWire): Read | undefined => {
  for (const form of forms) {
    const calls: Array<PrintedCall> = []
    const rest = text.replaceAll(form, (block: string, ...matched: ReadonlyArray<unknown>) => {
      const found = callsIn(LooseJson.fields(matched.at(-1)) ?? {}, tools)
      if (found === undefined) return block
      calls.push(...found)
      return ""
    })
    if (calls.length > 0) return { calls, text: rest.replaceAll(around, "").trim() }
  }
  return undefined
}

/** The calls in the groups of a form, unless one of them names no tool that was offered. */
const callsIn = (
  { json, list, name, values }: LooseJson.Fields,
  tools: ToolWire
): ReadonlyArray<PrintedCall> | undefined => {
  if (typeof list === "string") return listed(list, tools)
  const tool = typeof name === "string" ? tools.find(name.trim()) : undefined
  if (tool === undefined) return undefined
  const given = json ?? values
  const inside = typeof given === "string" ? given.trim() : ""
  return [{ name: tool.name, json: json === undefined && !inside.startsWith("{") ? valuesOf(inside, tool) : inside }]
}

/** Calls that are JSON: one, a list, or one behind the other. */
const listed = (text: string, tools: ToolWire): ReadonlyArray<PrintedCall> | undefined => {
  const values = (parsed(text) === undefined ? JsonScan.valuesIn(text.replaceAll(/[;\s]+(?=\{)/g, "\n")) : [text])
    ?.map(parsed)
  const calls = values?.flatMap((value) => LooseJson.list(value) ?? [value]).map((one) => called(one, tools))
  return calls !== undefined && calls.length > 0 && calls.every((call) => call !== undefined) ? calls : undefined
}

const called = (given: unknown, tools: ToolWire): PrintedCall | undefined => {
  const json = LooseJson.fields(given)
  const inner = LooseJson.fields(json?.["function"]) ?? json
  if (json === undefined || inner === undefined) return undefined
  const { args, arguments: inArguments, function: inFunction, input, name, parameters, tool, tool_name } = inner
  const named = [name, tool_name, tool, inFunction].find((one) => typeof one === "string")
  const found = typeof named === "string" ? tools.find(named) : undefined
  const params = inArguments ?? parameters ?? args ?? input
  if (found === undefined || Object.keys(inner).some((key) => !keys.has(key))) return undefined
  return { name: found.name, json: typeof params === "string" ? params : JSON.stringify(params ?? {}) }
}

/** The keys of a call. An object with another is a value. */
const keys = new Set([
  "name",
  "tool_name",
  "tool",
  "function",
  "arguments",
  "parameters",
  "args",
  "input",
  "type",
  "id",
  "index",
  "call_id",
  "description"
])

const value =
  /<(?:｜DSML｜)?parameter(?:=|\s+name=")(?<key>[^">]+)"?[^>]*>(?<value>[^]*?)<\/(?:｜DSML｜)?parameter>|<arg_key>(?<name>[^<]+)<\/arg_key>\s*<arg_value>(?<text>[^]*?)<\/arg_value>/g

const valuesOf = (text: string, { schema }: WiredTool): string => {
  const properties = LooseJson.fields(schema["properties"]) ?? {}
  return JSON.stringify(Object.fromEntries(
    Array.from(text.matchAll(value), ({ groups = {} }) => {
      const key = (groups["key"] ?? groups["name"] ?? "").trim()
      const given = (groups["value"] ?? groups["text"] ?? "").replace(/^\n/, "").replace(/\n$/, "")
      const isText = LooseJson.fields(properties[key])?.["type"] === "string"
      return [key, isText ? given : parsed(given) ?? given]
    })
  ))
}

const parsed = (text: string): unknown => Result.getOrUndefined(Result.try(() => LooseJson.parse(text)))
