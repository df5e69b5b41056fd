use std::sync::Arc;
use eseal::{policy::Policy, source::Bytes, time::Time, verify::{Evidence, NoRegister, verify}};
fn main(){ 
 let now=Time::parse_rfc3339("2026-11-22T00:00:00Z").unwrap();
 for f in std::env::args().skip(1) {
  let b=std::fs::read(&f).unwrap(); let policy=Policy::default();
  let e=Evidence{anchors:&[],untrusted:&[],crls:&[],register:&NoRegister,policy:&policy,time:now};
  let t=std::time::Instant::now();
  let r=verify(&Bytes::shared(b),&f,&e);
  println!("{} {} {:?}ms {}", r.indication, f.rsplit('/').next().unwrap(), t.elapsed().as_millis(), r.findings.iter().map(|f|format!("{}@{}{:?}",f.code.name(),f.place.clone().unwrap_or_default(), f.arguments)).collect::<Vec<_>>().join(" "));
  for s in &r.signatures { println!("    {} {} {} {} {:?} cov={} later={} | {}", s.id, s.kind.name(), s.container, s.indication, s.sub_indication.map(|x|x.name()), s.coverage.name(), s.later_changes.name(), s.findings.iter().filter(|f| f.code.level()!=eseal::report::Level::Information).map(|f|format!("{}@{}{:?}",f.code.name(),f.place.clone().unwrap_or_default(),f.arguments)).collect::<Vec<_>>().join("; ").chars().take(700).collect::<String>());
   println!("      steps: {}", s.steps.iter().filter(|s| !matches!(s.result, eseal::report::StepResult::Passed|eseal::report::StepResult::NotApplicable)).map(|s|format!("{}:{}",s.step,s.result.name())).collect::<Vec<_>>().join(" ")); }
 } let _=Arc::new(0);
}
