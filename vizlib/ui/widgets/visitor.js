const DAYS = 30; // for which a browser keeps the token after the last visit

// The value of a cookie, undefined where there is none.
export function valueOf(cookies, name) {
  const found = cookies.split("; ").find((each) => each.startsWith(`${name}=`));
  return found?.slice(name.length + 1);
}

// What the browser is told to keep: for all pages of this dashboard, which may stand in a folder of its host.
export function written(name, token, location) {
  const folder = location.pathname.replace(/[^/]*$/, "");
  const secure = location.protocol === "https:" ? "; Secure" : "";
  return `${name}=${token}; Path=${folder}; Max-Age=${DAYS * 86400}; SameSite=Lax${secure}`;
}

export default function ({ data, setStateValue }) {
  const known = valueOf(document.cookie, data.cookie);
  if (known && known !== data.token) setStateValue("known", known);
  else document.cookie = written(data.cookie, data.token, window.location);
}
