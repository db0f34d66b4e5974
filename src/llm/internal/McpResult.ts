/**
 * The result of a tool on an MCP server, as servers send it: some leave out what the protocol asks for, and what they did
 * send is read as far as it goes.
 */
import * as McpSchema from "effect/ai/McpSchema"
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"

/**
 * A result as the protocol has it, made of what a server sent: content that is absent, a text, one block, or a block of an
 * unknown kind. A result that holds nothing is empty; one that holds
 * something else stays as it is, for the client to refuse.
 *
 * @category mending
 */
export const mended = (sent: unknown): unknown => {
  if (!isFields(sent)) return sent
  // The first version of the protocol had `toolResult`.
  const { content, isError, structuredContent, toolResult, ...rest } = sent
  const value = structuredContent ?? toolResult ?? undefined
  const failed = isError === true || isError === "true"
  if (content == null && value === undefined && !failed && Object.keys(rest).some((key) => key !== "_meta")) return sent
  const blocks: ReadonlyArray<unknown> = Array.isArray(content) ? content : content == null ? [] : [content]
  // Alone, only an object is structured content to all versions of the protocol; another value goes as its JSON.
  const isStructured = isFields(value) || value !== undefined && blocks.length > 0
  return {
    ...rest,
    content: (value === undefined || isStructured ? blocks : [value]).map(blockOf),
    ...(isStructured ? { structuredContent: value } : {}),
    ...(failed ? { isError: true } : {})
  }
}

const known = new Set<unknown>(["text", "image", "audio", "resource", "resource_link"])

const blockOf = (block: unknown): unknown => {
  if (!isFields(block)) return textBlock(typeof block === "string" ? block : JSON.stringify(block))
  if (known.has(block["type"])) {
    const mendedBlock = { ...block, ...namedBy(block["name"]), ...paddedTo(block["data"]) }
    if (isBlock(mendedBlock)) return mendedBlock
  }
  return textBlock(typeof block["text"] === "string" ? block["text"] : notShown(block["type"], block["mimeType"]))
}

const decodeBlock = Schema.decodeUnknownResult(McpSchema.ContentBlock)

const isBlock = (block: unknown): boolean => Result.isSuccess(decodeBlock(block))

const namedBy = (name: unknown) => typeof name === "number" ? { name: String(name) } : {}

/** Some servers leave out what stands at the end of Base64. */
const paddedTo = (data: unknown) =>
  typeof data === "string" && data.length % 4 > 1 ? { data: data.padEnd(Math.ceil(data.length / 4) * 4, "=") } : {}

const textBlock = (text: string) => ({ type: "text", text })

const isFields = (value: unknown): value is Record<string, unknown> =>
  Predicate.isObject(value) && !Array.isArray(value)

/** The structured content, or the text where there is none. @category reading */
export const valueOf = ({ content, structuredContent }: McpSchema.CallToolResult): Schema.Json =>
  // What came over the wire is JSON.
  structuredContent === undefined ? textOf(content) : structuredContent as Schema.Json

/** Why the tool failed, in the server's words. @category reading */
export const messageOf = ({ content, structuredContent }: McpSchema.CallToolResult): string =>
  textOf(content)
  || (structuredContent === undefined ? "the tool failed and did not say why" : JSON.stringify(structuredContent))

/** Content that is not a text is named and left out. */
const textOf = (content: McpSchema.CallToolResult["content"]): string =>
  content.map((block) => {
    switch (block.type) {
      case "text":
        return block.text
      case "resource_link":
        return `${block.title ?? block.name}: ${block.uri}`
      case "resource":
        return "text" in block.resource ? block.resource.text : `(${block.resource.uri}, not shown)`
      default:
        return notShown(block.type, block.mimeType)
    }
  }).join("\n")

const notShown = (...words: ReadonlyArray<unknown>): string =>
  `(${words.filter(Predicate.isString).join(" ")}, not shown)`
