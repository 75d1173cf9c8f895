/** shell/pages — the pages that the navigation leads to, in groups. */
import {
  Activity,
  GitCompare,
  House,
  type LucideIcon,
  Plug,
  ScrollText,
  Server,
  Settings2,
  ShieldCheck,
  Stethoscope,
  Wrench,
} from 'lucide-react';
import { text } from '../text/en.ts';

export interface Page {
  readonly to:
    | '/'
    | '/servers'
    | '/tools'
    | '/activity'
    | '/approvals'
    | '/review'
    | '/clients'
    | '/audit'
    | '/diagnostics'
    | '/settings';
  readonly label: string;
  readonly icon: LucideIcon;
}

export const groups: readonly { readonly label?: string; readonly pages: readonly Page[] }[] = [
  {
    pages: [
      { to: '/', label: text.nav.home, icon: House },
      { to: '/servers', label: text.nav.servers, icon: Server },
      { to: '/tools', label: text.nav.tools, icon: Wrench },
      { to: '/activity', label: text.nav.activity, icon: Activity },
      { to: '/approvals', label: text.nav.approvals, icon: ShieldCheck },
    ],
  },
  {
    label: text.nav.whoSeesWhat,
    pages: [
      { to: '/clients', label: text.nav.clients, icon: Plug },
      { to: '/review', label: text.nav.review, icon: GitCompare },
    ],
  },
  {
    label: text.nav.system,
    pages: [
      { to: '/audit', label: text.nav.audit, icon: ScrollText },
      { to: '/diagnostics', label: text.nav.diagnostics, icon: Stethoscope },
      { to: '/settings', label: text.nav.settings, icon: Settings2 },
    ],
  },
];
