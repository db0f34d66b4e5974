/**
 * Which forms an API has, by its address.
 */
import * as Result from "effect/Result"
import type { LlmRequest } from "../llm/LlmProvider.ts"
import { ChatForms } from "./ChatForms.ts"
import { EventProgress } from "./EventProgress.ts"
import type { Forms } from "./Forms.ts"
import { MessageForms } from "./MessageForms.ts"
import { ResponseForms } from "./ResponseForms.ts"

/** The forms of the API at an address. */
export const at = (url: string, request: LlmRequest | undefined): Forms => {
  const path = URL.parse(url)?.pathname ?? ""
  if (request !== undefined && /\/chat\/completions\/?$/.test(path)) return new ChatForms(request)
  if (request !== undefined && /\/messages\/?$/.test(path)) return new MessageForms(request)
  return request !== undefined && /\/responses\/?$/.test(path) ? new ResponseForms() : asTheyCame()
}

const asTheyCame = (): Forms => {
  const progress = new EventProgress()
  return {
    event: (json) => {
      progress.add(json)
      return Result.succeed([json])
    },
    progress,
    end: () => Result.succeed([]),
    isWhole: () => false,
    reader: undefined,
    whole: () => Result.succeed(undefined),
    cost: () => undefined
  }
}
