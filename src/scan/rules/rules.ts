/** Every rule there is. docs/rules.md is made from this. */
import type { Rule, TextRule } from '../rule.ts'
import { MODEL_RULES } from './models.ts'
import { NAMED_RULES } from './named.ts'
import { OPENAI_RULES } from './openai.ts'
import { PLATFORM_RULES } from './platforms.ts'
import { PRACTICE_RULES, STANDING_RULES } from './practices.ts'

/** Those that are run over texts. */
export const TEXT_RULES: readonly TextRule[] = [...OPENAI_RULES, ...MODEL_RULES, ...PLATFORM_RULES, ...NAMED_RULES, ...PRACTICE_RULES]

export const RULES: readonly Rule[] = [...TEXT_RULES, ...STANDING_RULES]
