export { type AuditStage, openAuditStage, sampleTables } from './testing/stage.ts'
