export * as HtmlReport from "./HtmlReport.ts"
