export * as Reply from "./Reply.ts"
export * as Script from "./Script.ts"
export * as ScriptedLlm from "./ScriptedLlm.ts"
