// Random requests and policies. In: a seed. Out: cases in the format of testdata/iam/iam-cases.jsonl.

const ACCOUNT = '111122223333';
const OTHER = '444455556666';
const TABLE = `arn:aws:dynamodb:us-east-1:${ACCOUNT}:table/Orders`;

/** Small, fast, reproducible. */
export function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

const REQUESTS = [
  ['dynamodb:GetItem', TABLE], ['dynamodb:Query', TABLE], ['dynamodb:Query', `${TABLE}/index/byStatus`],
  ['dynamodb:Scan', TABLE], ['dynamodb:PutItem', TABLE], ['dynamodb:BatchGetItem', TABLE],
  ['dynamodb:UpdateItem', TABLE], ['dynamodb:DeleteTable', TABLE], ['dynamodb:PartiQLSelect', TABLE],
  ['dynamodb:GetRecords', `${TABLE}/stream/2024-01-01T00:00:00.000`], ['dynamodb:ListTables', '*'],
  ['dynamodb:GetItem', `${TABLE}-archive`],
];
const ACTIONS = [
  '*', 'dynamodb:*', 'dynamodb:GetItem', 'dynamodb:getitem', 'dynamodb:Get*', 'dynamodb:*Item', 'dynamodb:Q?ery',
  'dynamodb:Query', 'dynamodb:Scan', 'dynamodb:Batch*', 'dynamodb:PartiQL*', 's3:*', 'iam:*', 'dynamodb:List*', 'dynamodb:*Table*',
];
const RESOURCES = [
  '*', TABLE, `${TABLE}*`, `${TABLE}/*`, `${TABLE}/index/*`, `${TABLE}/stream/*`, 'arn:aws:dynamodb:*:*:table/*',
  'arn:aws:dynamodb:*:*:table/Ord?rs', `arn:aws:dynamodb:us-*:${ACCOUNT}:table/Orders`, 'arn:aws:dynamodb:*:table/Orders',
  'arn:aws:s3:::bucket/*', `arn:aws:dynamodb:eu-west-1:${ACCOUNT}:table/Orders`, 'arn:aws:dynamodb:*:*:*',
  `arn:aws:dynamodb:us-east-1:${ACCOUNT}:table/\${aws:PrincipalTag/table}`,
  `arn:aws:dynamodb:us-east-1:${ACCOUNT}:table/\${aws:PrincipalTag/table, 'Orders'}`,
  `arn:aws:dynamodb:us-east-1:${ACCOUNT}:table/orders`, `ARN:AWS:dynamodb:us-east-1:${ACCOUNT}:table/Orders`,
];
const TEXTS = ['a', 'b', 'A', 'tenant-A', 'tenant-*', '*', 'tenant-?', '${aws:PrincipalTag/team}', "${aws:PrincipalTag/team, 'a'}", '${*}', 'Orders'];
const VALUES = ['a', 'b', 'A', 'tenant-A', 'tenant-B', 'Orders', '*'];
const STRING_KEYS = ['aws:PrincipalTag/team', 'aws:PrincipalTag/table', 'aws:SourceVpce', 'aws:PrincipalOrgID'];
const LIST_KEYS = ['aws:CalledVia'];
const ROLE = `arn:aws:iam::${ACCOUNT}:role/AppRole`;
const ARNS = [ROLE, `arn:aws:iam::${ACCOUNT}:role/*`, 'arn:aws:iam::*:role/AppRole', 'arn:aws:*:AppRole', `arn:aws:iam::${OTHER}:role/App*`];
const STRING_OPERATORS = ['StringEquals', 'StringNotEquals', 'StringLike', 'StringNotLike', 'StringEqualsIgnoreCase', 'StringNotEqualsIgnoreCase'];

export function draw(next) {
  const pick = (list) => list[Math.floor(next() * list.length)];
  const chance = (p) => next() < p;
  const some = (list, most) => Array.from({ length: 1 + Math.floor(next() * most) }, () => pick(list));
  const one = (list) => (list.length === 1 && chance(0.5) ? list[0] : list);

  const entry = () => {
    const kind = next();
    const exists = chance(0.2) ? 'IfExists' : '';
    if (kind < 0.4) return [pick(STRING_OPERATORS) + exists, pick(STRING_KEYS), one(some(TEXTS, 2))];
    if (kind < 0.6) return [`${pick(['ForAllValues', 'ForAnyValue'])}:${pick(STRING_OPERATORS)}${exists}`, pick(LIST_KEYS), some(TEXTS, 3)];
    if (kind < 0.68) return [pick(['ArnLike', 'ArnEquals', 'ArnNotLike', 'ArnNotEquals']) + exists, 'aws:SourceArn', one(some(ARNS, 2))];
    if (kind < 0.74) return [`Bool${exists}`, pick(['aws:SecureTransport', 'aws:MultiFactorAuthPresent']), pick(['true', 'false'])];
    if (kind < 0.8) return [pick(['IpAddress', 'NotIpAddress']) + exists, 'aws:SourceIp', one(some(['10.0.0.0/8', '203.0.113.0/24', '2001:db8::/32', '10.1.2.3'], 2))];
    if (kind < 0.86) return [pick(['NumericLessThan', 'NumericGreaterThanEquals', 'NumericEquals', 'NumericNotEquals']) + exists, 'aws:MultiFactorAuthAge', pick(['60', '3600', '300'])];
    if (kind < 0.92) return [pick(['DateLessThan', 'DateGreaterThanEquals', 'DateEquals']) + exists, 'aws:CurrentTime', pick(['2026-01-01T00:00:00Z', '2025-01-01T00:00:00Z', '2026-06-01T12:00:00Z'])];
    return ['Null', pick([...STRING_KEYS, ...LIST_KEYS]), pick(['true', 'false'])];
  };
  const condition = () => {
    const all = {};
    for (const [operator, key, values] of some([0], 2).map(entry)) (all[operator] ??= {})[key] = values;
    return all;
  };
  const statement = (principals) => {
    const found = { Effect: chance(0.72) ? 'Allow' : 'Deny' };
    if (principals) found[chance(0.93) ? 'Principal' : 'NotPrincipal'] = pick(principals);
    if (found.NotPrincipal) found.Effect = 'Deny';
    found[chance(0.9) ? 'Action' : 'NotAction'] = one(some(ACTIONS, 3));
    found[chance(0.92) ? 'Resource' : 'NotResource'] = one(some(RESOURCES, 3));
    if (chance(0.45)) found.Condition = condition();
    return found;
  };
  const policy = (principals) => ({ Version: '2012-10-17', Statement: some([0], 3).map(() => statement(principals)) });

  const account = chance(0.85) ? ACCOUNT : OTHER;
  const user = chance(0.2);
  const arn = `arn:aws:iam::${account}:${user ? 'user/alice' : 'role/AppRole'}`;
  const principal = { type: user ? 'user' : 'role', arn, account };
  if (!user) principal.session = `arn:aws:sts::${account}:assumed-role/AppRole/s1`;
  const principals = [
    '*', { AWS: '*' }, { AWS: arn }, { AWS: account }, { AWS: `arn:aws:iam::${account}:root` }, { AWS: OTHER },
    { AWS: `arn:aws:iam::${account}:role/Other` }, { Service: 'lambda.amazonaws.com' }, { AWS: [principal.session ?? arn] },
  ];
  const context = {};
  for (const key of STRING_KEYS) if (chance(0.6)) context[key] = [pick(VALUES)];
  for (const key of LIST_KEYS) if (chance(0.6)) context[key] = chance(0.1) ? [] : [...new Set(some(VALUES, 3))];
  if (chance(0.6)) context['aws:SourceArn'] = [pick([ROLE, `arn:aws:iam::${OTHER}:role/AppRole`, 'arn:aws:s3:::bucket'])];
  if (chance(0.7)) context['aws:SecureTransport'] = [pick(['true', 'false'])];
  if (chance(0.5)) context['aws:MultiFactorAuthPresent'] = [pick(['true', 'false'])];
  if (chance(0.6)) context['aws:SourceIp'] = [pick(['10.1.2.3', '203.0.113.9', '192.0.2.1', '2001:db8::1'])];
  if (chance(0.6)) context['aws:MultiFactorAuthAge'] = [pick(['60', '61', '300', '4000'])];
  if (chance(0.7)) context['aws:CurrentTime'] = [pick(['2025-06-01T00:00:00Z', '2026-01-01T00:00:00Z', '2026-06-01T12:00:00Z'])];

  const [action, resource] = pick(REQUESTS);
  const drawn = { kind: 'eval', action, resource, principal, resource_account: ACCOUNT, context };
  drawn.identity = chance(0.95) ? some([0], 2).map(() => policy()) : [];
  if (chance(0.25)) drawn.boundary = policy();
  if (chance(0.1) && !user) drawn.session = policy();
  if (chance(0.15)) drawn.scp = some([0], 2).map(() => [policy()]);
  if (chance(0.3) && resource !== '*') drawn.resource_policy = policy(principals);
  if (chance(0.1)) drawn.vpce = policy(['*', { AWS: '*' }, { AWS: arn }]);
  return drawn;
}
