// Asks iam-simulate and iac-check the same random questions. See README.md.
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { runSimulation } from '@cloud-copilot/iam-simulate';
import { draw, random } from './draw.mjs';

const { values: options } = parseArgs({
  options: {
    count: { type: 'string', default: '20000' },
    seed: { type: 'string', default: '1' },
    binary: { type: 'string', default: '../../target/debug/examples/iam_evaluate' },
    write: { type: 'string' },
  },
});

const FULL = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] };
const named = (policies) => policies.map((policy, at) => ({ name: `p${at}`, policy }));

/** `allow` or `deny`, and the context keys that were left out; null when the question is not accepted. */
async function oracle(drawn) {
  const context = Object.fromEntries(Object.entries(drawn.context).map(([key, all]) => [key, all.length === 1 && key !== 'aws:CalledVia' ? all[0] : all]));
  const simulation = {
    request: {
      principal: drawn.principal.session ?? drawn.principal.arn,
      action: drawn.action,
      resource: { resource: drawn.resource, accountId: drawn.resource_account },
      contextVariables: context,
    },
    identityPolicies: named(drawn.identity),
    serviceControlPolicies: (drawn.scp ?? [[FULL]]).map((level, at) => ({ orgIdentifier: `ou-${at}`, policies: named(level) })),
    resourceControlPolicies: [],
    resourcePolicy: drawn.resource_policy,
    permissionBoundaryPolicies: drawn.boundary && named([drawn.boundary]),
    sessionPolicy: drawn.session,
    vpcEndpointPolicies: drawn.vpce && named([drawn.vpce]),
  };
  const found = await runSimulation(simulation, {});
  if (found.resultType !== 'single') return { error: found.errors?.message ?? found.resultType };
  return { verdict: found.overallResult === 'Allowed' ? 'allow' : 'deny', ignored: found.result.ignoredContextKeys ?? [] };
}

const statements = (drawn, ...layers) => layers.flatMap((layer) => [drawn[layer] ?? []].flat(2)).flatMap((policy) => policy.Statement);

/** Why the answers differ by design; the names are headings of docs/iam.md. */
function explained(drawn, ours) {
  const all = statements(drawn, 'identity', 'boundary', 'session', 'scp', 'resource_policy', 'vpce');
  const entries = all.flatMap((found) => Object.entries(found.Condition ?? {}).flatMap(([operator, keys]) => Object.entries(keys).map(([key, values]) => ({ operator, key, values: [values].flat() }))));
  const present = (key) => Object.keys(drawn.context).some((known) => known.toLowerCase() === key.toLowerCase() && drawn.context[known].length > 0);
  const undefinedVariable = (text) => [...text.matchAll(/\$\{(aws:[^,}]*)\}/g)].some(([, key]) => !present(key));
  if (entries.some(({ operator, values }) => /Not/.test(operator) && values.some(undefinedVariable))) return 'Undefined variables';
  if (all.some((found) => [found.NotResource ?? []].flat().some(undefinedVariable))) return 'Undefined variables';
  const starred = Object.values(drawn.context).some((values) => values.includes('*'));
  if (starred && entries.some(({ values }) => values.includes('${*}'))) return 'Escapes';
  const source = drawn.context['aws:SourceIp']?.[0];
  if (source && entries.some(({ operator, values }) => /^NotIp/.test(operator) && values.some((range) => range.includes(':') !== source.includes(':')))) return 'Addresses of both versions';
  if (all.some((found) => found.NotPrincipal)) return 'Principals';
  const empty = Object.keys(drawn.context).filter((key) => drawn.context[key].length === 0);
  if (entries.some(({ operator, key }) => operator === 'Null' && empty.includes(key))) return 'Empty lists';
  const short = (text) => text !== '*' && text.split(':').length < 6;
  if (all.some((found) => [found.NotResource ?? []].flat().some(short))) return 'ARNs with fewer than six segments';
  if (entries.some(({ operator, values }) => /^ArnNot/.test(operator) && values.some(short))) return 'ARNs with fewer than six segments';
  const accountId = drawn.principal.account;
  if (accountId !== drawn.resource_account && drawn.action.includes('PartiQL') && ours === 'deny') return 'Across accounts';
  if (drawn.session && drawn.resource_policy && ours === 'allow') return 'Session policies and grants by resource policies';
  return null;
}

const next = random(Number(options.seed));
const [cases, verdicts, refused] = [[], [], new Map()];
while (cases.length < Number(options.count)) {
  const drawn = draw(next);
  const answer = await oracle(drawn);
  if (answer.error) {
    refused.set(answer.error, (refused.get(answer.error) ?? 0) + 1);
    continue;
  }
  // Keys that it does not know for the action are kept from both.
  for (const key of Object.keys(drawn.context)) if (answer.ignored.includes(key)) delete drawn.context[key];
  cases.push(drawn);
  verdicts.push(answer.verdict);
}
const input = cases.map((drawn) => JSON.stringify(drawn)).join('\n') + '\n';
if (options.write) writeFileSync(options.write, cases.map((drawn, at) => JSON.stringify({ ...drawn, oracle: verdicts[at] })).join('\n') + '\n');
const run = spawnSync(options.binary, { input, maxBuffer: 1 << 30, encoding: 'utf8' });
if (run.status !== 0) throw new Error(run.stderr || String(run.error));
const ours = run.stdout.trim().split('\n');

const reasons = new Map();
let unexplained = 0;
cases.forEach((drawn, at) => {
  if (ours[at] === verdicts[at]) return;
  const reason = explained(drawn, ours[at]);
  reasons.set(reason ?? 'not explained', (reasons.get(reason ?? 'not explained') ?? 0) + 1);
  if (!reason && ++unexplained <= 10) console.log(`case ${at}: ours ${ours[at]}, iam-simulate ${verdicts[at]}\n${JSON.stringify(drawn)}`);
});
const allowed = verdicts.filter((verdict) => verdict === 'allow').length;
console.log(`${cases.length} questions, ${allowed} allowed by iam-simulate; refused by it: ${JSON.stringify([...refused])}`);
console.log(`${cases.length - [...reasons.values()].reduce((sum, count) => sum + count, 0)} agree; disagreements: ${JSON.stringify([...reasons])}`);
process.exit(unexplained ? 1 : 0);
