/** A CronJob, and what it stands on: an account and the config. Rights are what `keyrot permissions` prints. */
import { heading, indented, quoted, shellWord, text, tickOf, type ScheduleFacts } from './facts.ts'

const NAMESPACE = 'keyrot'

export function kubernetesObjects(facts: ScheduleFacts): string {
  const namespace = facts.stateNamespace ?? NAMESPACE
  return text(
    heading(facts, 'kubernetes', before(facts, namespace)),
    'apiVersion: v1',
    'kind: ServiceAccount',
    ...metadata('keyrot', namespace),
    ...(facts.aws === null ? [] : ['  annotations:', '    eks.amazonaws.com/role-arn: arn:aws:iam::000000000000:role/keyrot # yours']),
    '---',
    'apiVersion: v1',
    'kind: ConfigMap',
    ...metadata('keyrot-config', namespace),
    'data:',
    '  rotation.config.yaml: |',
    ...indented(facts.configText.trimEnd().split('\n'), 4),
    '---',
    'apiVersion: batch/v1',
    'kind: CronJob',
    ...metadata('keyrot', namespace),
    'spec:',
    `  schedule: ${quoted(`${facts.minute} * * * *`)}`,
    '  concurrencyPolicy: Forbid',
    '  startingDeadlineSeconds: 600',
    '  jobTemplate:',
    '    spec:',
    '      backoffLimit: 0',
    '      activeDeadlineSeconds: 1800',
    '      ttlSecondsAfterFinished: 604800',
    '      template:',
    '        spec:',
    ...indented(pod(facts, `keyrot ${tickOf(facts)}`), 10),
    ...(facts.approved.length === 0 ? [] : revokeJob(facts, namespace)),
  )
}

function before({ variables, cluster, approved, aws }: ScheduleFacts, namespace: string): readonly string[] {
  return [
    `kubectl create namespace ${namespace}; grant what \`keyrot permissions\` prints to the account keyrot in it`,
    ...(variables.length === 0 ? [] : [`make the Secret keyrot in it, with the keys ${variables.join(', ')}`]),
    ...(aws === null ? [] : ['name your role in the annotation of the account, with the policy of `keyrot permissions`']),
    ...(cluster === null || (cluster.context === null && cluster.kubeconfig === null)
      ? []
      : ['this config names a context or a kubeconfig: mount one, or take them out so that the account of the pod is used']),
    ...(approved.length === 0 ? [] : ['keep the suspended CronJob keyrot-revoke from those who may not let a key die; it takes the Secret keyrot-revoke']),
    'an image of your own with keyrot in it starts faster and asks no registry',
  ]
}

function metadata(name: string, namespace: string): readonly string[] {
  return ['metadata:', `  name: ${name}`, `  namespace: ${quoted(namespace)}`]
}

/** Runs as nobody, writes to a folder that goes with the pod, and ends with the code of the rotation. */
function pod({ version, variables }: ScheduleFacts, command: string, secret = 'keyrot', more: readonly string[] = []): readonly string[] {
  const script = [
    `npm install --global --ignore-scripts --prefix /tmp/keyrot keyrot@${version} >/dev/null`,
    'export PATH="/tmp/keyrot/bin:$PATH" KEYROT_STATE=/tmp/state',
    'cd /config',
    `${command} || code=$?`,
    'keyrot status --fail-on never || true',
    'exit "${code:-0}"',
  ]
  return [
    'serviceAccountName: keyrot',
    'restartPolicy: Never',
    'securityContext:',
    '  runAsNonRoot: true',
    '  runAsUser: 65532',
    '  fsGroup: 65532',
    '  seccompProfile: { type: RuntimeDefault }',
    'containers:',
    '  - name: keyrot',
    '    image: node:24-slim',
    '    command:',
    '      - sh',
    '      - -ec',
    '      - |',
    ...indented(script, 8),
    '    env:',
    '      - { name: HOME, value: /tmp }',
    ...variables.map((name) => `      - { name: ${name}, valueFrom: { secretKeyRef: { name: ${secret}, key: ${name} } } }`),
    ...more,
    '    securityContext:',
    '      allowPrivilegeEscalation: false',
    '      readOnlyRootFilesystem: true',
    '      capabilities: { drop: [ALL] }',
    '    volumeMounts:',
    '      - { name: config, mountPath: /config, readOnly: true }',
    '      - { name: tmp, mountPath: /tmp }',
    'volumes:',
    '  - { name: config, configMap: { name: keyrot-config } }',
    '  - { name: tmp, emptyDir: {} }',
  ]
}

function revokeJob(facts: ScheduleFacts, namespace: string): readonly string[] {
  const [first = ''] = facts.approved
  const command = 'keyrot approve "$NAME" --yes --plan "$PLAN" && keyrot revoke "$NAME" --yes --confirm "$NAME"'
  const given = [`      - { name: NAME, value: ${shellWord(first)} }`, '      - { name: PLAN, value: "" }']
  return [
    '---',
    `# Lets an old key die (${facts.approved.join(', ')}). Begun by hand: kubectl create job keyrot-revoke-1 --from=cronjob/keyrot-revoke --dry-run=client -o yaml,`,
    '# with NAME and PLAN (the hash that `keyrot plan` shows) filled in.',
    'apiVersion: batch/v1',
    'kind: CronJob',
    ...metadata('keyrot-revoke', namespace),
    'spec:',
    '  suspend: true',
    `  schedule: ${quoted('0 0 1 1 *')}`,
    '  concurrencyPolicy: Forbid',
    '  jobTemplate:',
    '    spec:',
    '      backoffLimit: 0',
    '      activeDeadlineSeconds: 1800',
    '      template:',
    '        spec:',
    ...indented(pod(facts, command, 'keyrot-revoke', given), 10),
  ]
}
