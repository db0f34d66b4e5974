/**
 * An agent of the Vercel AI SDK: a model, a tool and a limit. The model follows a script, by the SDK's own means for tests.
 * `after.ts` is the same agent here.
 */
import { stepCountIs, tool, ToolLoopAgent } from "ai"
import { MockLanguageModelV4 } from "ai/test"
import { z } from "zod"

const gramsPerKwh = { DE: 380, FR: 55 }

const emissions = tool({
  description: "Emissions of electricity, in kilograms of CO2",
  inputSchema: z.object({ country: z.enum(["DE", "FR"]), kwh: z.number().nonnegative() }),
  execute: async ({ country, kwh }) => ({ kilograms: gramsPerKwh[country] * kwh / 1_000 })
})

const usage = {
  inputTokens: { total: 10, noCache: 10, cacheRead: 0, cacheWrite: 0 },
  outputTokens: { total: 5, text: 5, reasoning: 0 }
}

/** The model asks the tool first; then it says what came of it. */
const scripted = () =>
  new MockLanguageModelV4({
    doGenerate: async ({ prompt }) =>
      prompt.some(({ role }) => role === "tool")
        ? {
          content: [{ type: "text", text: "It emitted 1.1 kg CO2." }],
          finishReason: { unified: "stop", raw: undefined },
          usage,
          warnings: []
        }
        : {
          content: [{
            type: "tool-call",
            toolCallId: "1",
            toolName: "emissions",
            input: JSON.stringify({ country: "FR", kwh: 20 })
          }],
          finishReason: { unified: "tool-calls", raw: undefined },
          usage,
          warnings: []
        }
  })

const agent = new ToolLoopAgent({
  model: scripted(),
  instructions: "Take every number from a tool.",
  tools: { emissions },
  stopWhen: stepCountIs(5)
})

export const main = async (question: string) => {
  const { steps, text } = await agent.generate({ prompt: question })
  const kilograms = steps.flatMap(({ staticToolResults }) => staticToolResults.map(({ output }) => output.kilograms))
  return { text, kilograms }
}

if (import.meta.main) {
  const { kilograms, text } = await main("What do 20 kWh in France emit?")
  console.log(text)
  console.log(`From the tool: ${kilograms} kg.`)
}
