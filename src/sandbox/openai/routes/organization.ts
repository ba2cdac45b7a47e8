/** What an owner can look at: limits, admin keys, the audit log. */
import { notFound } from '../errors.ts'
import { type ApiAnswer, type ApiRequest, listOf, ok } from '../exchange.ts'
import { projectOf } from '../lifecycle.ts'
import { pageOf } from '../pages.ts'
import { adminKeyJson, eventJson, seconds } from '../render.ts'
import type { AuditEvent, Cloud } from '../state.ts'

export function getSpendLimit(cloud: Cloud, _request: ApiRequest, [project = '']: readonly string[]): ApiAnswer {
  const cents = projectOf(cloud, project).spendLimitCents
  if (cents === null) throw notFound('spend limit of project', project)
  return ok({ object: 'project.spend_limit', threshold_amount: cents, currency: 'USD', interval: 'month', enforcement: { status: 'inactive' } })
}

export function listSpendAlerts(cloud: Cloud, request: ApiRequest, [project = '']: readonly string[]): ApiAnswer {
  const alerts = projectOf(cloud, project).spendAlerts.map(({ id, cents }) => ({
    object: 'project.spend_alert',
    id,
    threshold_amount: cents,
    currency: 'USD',
    interval: 'month',
    notification_channel: { type: 'email', recipients: [cloud.person.email], subject_prefix: null },
  }))
  return ok(pageOf(alerts, request.query))
}

/** A project without a policy of its own has none to show. */
export function getModelPermissions(cloud: Cloud, _request: ApiRequest, [project = '']: readonly string[]): ApiAnswer {
  const { models } = projectOf(cloud, project)
  if (models === null) throw notFound('model permissions of project', project)
  return ok({ object: 'project.model_permissions', mode: 'allow_list', model_ids: models })
}

export function listAdminKeys(cloud: Cloud, request: ApiRequest): ApiAnswer {
  const newestFirst = request.query.get('order') === 'desc'
  const keys = cloud.adminKeys.map((key) => adminKeyJson(cloud, key))
  return ok(pageOf(newestFirst ? keys.toReversed() : keys, request.query))
}

export function getAdminKey(cloud: Cloud, _request: ApiRequest, [id = '']: readonly string[]): ApiAnswer {
  const key = cloud.adminKeys.find((candidate) => candidate.id === id)
  if (key === undefined) throw notFound('admin API key', id)
  return ok(adminKeyJson(cloud, key))
}

/** Newest first, filtered as asked. */
export function listAuditLogs(cloud: Cloud, request: ApiRequest): ApiAnswer {
  const newestFirst = cloud.events.toReversed().toSorted((left, right) => right.at - left.at)
  const seen = newestFirst.filter((event) => isAsked(event, request.query))
  return ok(
    pageOf(
      seen.map((event) => eventJson(cloud, event)),
      request.query,
    ),
  )
}

function isAsked(event: AuditEvent, query: URLSearchParams): boolean {
  const among = (name: string, value: string): boolean => {
    const asked = listOf(query, name)
    return asked.length === 0 || asked.includes(value)
  }
  const bound = (name: string, otherwise: number): number => Number(query.get(`effective_at[${name}]`) ?? otherwise)
  const at = seconds(event.at)
  const inTime = at > bound('gt', -1) && at >= bound('gte', 0) && at < bound('lt', Infinity) && at <= bound('lte', Infinity)
  const actor = typeof event.actor === 'string' ? event.actor : event.actor.email
  return inTime && among('event_types', event.type) && among('resource_ids', event.resource) && among('project_ids', event.project) && among('actor_ids', actor)
}
