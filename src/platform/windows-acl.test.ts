import { expect, it } from 'vitest';
import { parseUserSid, privateAclArguments, strangersIn } from './windows-acl.ts';

const me = 'S-1-5-21-1004336348-1177238915-682003330-1001';

it.each([
  ['English', `"DESKTOP-1\\me","${me}"\r\n`],
  ['German, with an umlaut and a blank', `"desktop-1\\jörg müller","${me}"\r\n`],
])('R112 reads who the user is from what whoami says: %s', (_, text) => {
  expect(parseUserSid(text)).toBe(me);
});

it.each<[string, string, readonly string[]]>([
  [
    'a folder in the profile',
    `O:${me}G:${me}D:(A;OICIID;FA;;;SY)(A;OICIID;FA;;;BA)(A;OICIID;FA;;;${me})`,
    [],
  ],
  [
    "a folder at a drive's root",
    `O:BAG:${me}D:AI(A;ID;FA;;;BA)(A;OICIIOID;GA;;;BA)(A;OICIID;FA;;;SY)(A;OICIID;0x1200a9;;;BU)(A;ID;0x1301bf;;;AU)(A;OICIIOID;SDGXGWGR;;;AU)`,
    ['all users of this machine', 'whoever has signed in'],
  ],
  ['a folder that was shared', `O:${me}D:P(A;OICI;FA;;;${me})(A;OICI;FA;;;WD)`, ['everyone']],
  [
    'another account',
    `O:${me}D:P(A;OICI;FA;;;${me})(A;;FR;;;S-1-5-21-1-2-3-1002)`,
    ['the account S-1-5-21-1-2-3-1002'],
  ],
  ['what only denies', `O:${me}D:P(D;;FA;;;WD)(A;OICI;FA;;;${me})`, []],
  ['one that was closed by us', `O:${me}D:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;FA;;;${me})`, []],
])('R112 says who else may enter %s', (_, sddl, strangers) => {
  expect(strangersIn(sddl, me)).toEqual(strangers);
});

it('R112 closes a folder by ids, so that it works in every language', () => {
  expect(privateAclArguments('D:\\mcp mux', me)).toEqual([
    'D:\\mcp mux',
    '/inheritance:r',
    '/grant:r',
    `*${me}:(OI)(CI)F`,
    '*S-1-5-18:(OI)(CI)F',
    '*S-1-5-32-544:(OI)(CI)F',
    '/Q',
  ]);
});
