export { openRaw, type Raw } from './testing/raw.ts'
export { type AuditStage, access, openAuditStage, sampleTables } from './testing/stage.ts'
