/**
 * Sources and files of an answer, as parts.
 */
import type { LanguageModelV4Content } from "@ai-sdk/provider"
import type * as Response from "effect/ai/Response"
import * as Base64 from "effect/encoding/Base64"
import { metadata } from "./Metadata.ts"

/** What an answer is from. A source whose address is none is a document. @category reading */
export const of = (
  part: Extract<LanguageModelV4Content, { readonly type: "source" }>
): Response.DocumentSourcePartEncoded | Response.UrlSourcePartEncoded => {
  const { id } = part
  if (part.sourceType === "document") {
    const { filename, mediaType, title } = part
    return {
      type: "source",
      sourceType: "document",
      id,
      mediaType,
      title,
      ...(filename === undefined ? {} : { fileName: filename }),
      ...metadata(part)
    }
  }
  const { title = part.url, url } = part
  return URL.canParse(url)
    ? { type: "source", sourceType: "url", id, url, title, ...metadata(part) }
    : { type: "source", sourceType: "document", id, mediaType: "text/plain", title, fileName: url, ...metadata(part) }
}

/** A file, or, where only its address came, where it is. @category reading */
export const ofFile = (
  part: Extract<LanguageModelV4Content, { readonly type: "file" }>
): Response.FilePartEncoded | Response.UrlSourcePartEncoded => {
  const { data, mediaType } = part
  if (data.type === "url") {
    const url = String(data.url)
    return { type: "source", sourceType: "url", id: url, url, title: mediaType, ...metadata(part) }
  }
  const base64 = typeof data.data === "string" ? data.data : Base64.encode(data.data)
  return { type: "file", mediaType, data: base64, ...metadata(part) }
}
