/**
 * The question that every tool loop asks, its tool, and the call of a model by hand.
 */
export const question = "How large is a hall of 2 by 3 metres?"
export const answer = "The hall has 6 square metres."
export const description = "Area of a rectangle"
export const area = ({ depth, width }: { readonly depth: number; readonly width: number }): number => width * depth

const parameters = {
  type: "object",
  properties: { width: { type: "number" }, depth: { type: "number" } },
  required: ["width", "depth"],
  additionalProperties: false
}
const tools = [{ type: "function", function: { name: "area", description, parameters } }]

interface Message {
  readonly content: string
  readonly tool_calls?: ReadonlyArray<{ readonly id: string; readonly function: { readonly arguments: string } }>
}

export const ask = async (baseURL: string, messages: ReadonlyArray<object>, signal?: AbortSignal): Promise<Message> => {
  const response = await fetch(`${baseURL}/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: "Bearer none" },
    body: JSON.stringify({ model: "m", messages, tools }),
    signal: signal ?? null
  })
  const { choices }: { readonly choices: readonly [{ readonly message: Message }] } = JSON.parse(await response.text())
  return choices[0].message
}
