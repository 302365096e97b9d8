#include "server/web/pages.h"

#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "server/web/html_text.h"

namespace liaison::web {
namespace {

// $0 and the like are filled in, escaped and each in a <bdi> of its own.
struct PageWords {
  const char* tag;
  const char* direction;
  const char* invited_title;
  const char* invited;  // $0: organisation, $1: hub, $2: date
  const char* invited_warning;
  const char* come_in;
  const char* me_title;
  const char* me;  // $0: organisation, $1: hub
  const char* me_attested;
  const char* leave;
  const char* write_report;
  const char* plain_report;
  const char* sorry;
  const char* messages[5];  // in the order of Message
};

constexpr PageWords kWords[] = {
    {"en",
     "ltr",
     "You are invited",
     "You are invited to speak for $0 at the hub $1. The invitation is good once, until $2.",
     "Open it only on a device that is yours: this browser then stays signed in.",
     "Come in",
     "You are in",
     "You speak for $0 at the hub $1.",
     "You need no password and no key: what you publish is attested by the hub.",
     "Sign out",
     "Write a report",
     "Write a report in a page without JavaScript",
     "That did not work",
     {"This invitation is not good any more, or was not copied whole. Ask whoever sent it for a "
      "new "
      "one.",
      "You are not signed in here. Open the link of your invitation; ask for a new one if it has "
      "been used.",
      "The hub does not answer just now. Nothing is lost: try again in a minute.",
      "There is no such page.", "This form came from another site, and nothing was done."}},
    {"fr",
     "ltr",
     "Vous êtes invité",
     "Vous êtes invité à parler au nom de $0 auprès du nœud $1. L’invitation sert une seule fois, "
     "jusqu’au $2.",
     "Ouvrez-la seulement sur un appareil qui est à vous : ce navigateur restera connecté.",
     "Entrer",
     "Vous êtes connecté",
     "Vous parlez au nom de $0 auprès du nœud $1.",
     "Il ne vous faut ni mot de passe ni clé : le nœud atteste ce que vous publiez.",
     "Se déconnecter",
     "Écrire un rapport",
     "Écrire un rapport dans une page sans JavaScript",
     "Cela n’a pas fonctionné",
     {"Cette invitation n’est plus valable, ou n’a pas été copiée en entier. Demandez-en une "
      "nouvelle à qui vous l’a envoyée.",
      "Vous n’êtes pas connecté ici. Ouvrez le lien de votre invitation ; si elle a déjà servi, "
      "demandez-en une nouvelle.",
      "Le nœud ne répond pas pour l’instant. Rien n’est perdu : réessayez dans une minute.",
      "Cette page n’existe pas.", "Ce formulaire venait d’un autre site ; rien n’a été fait."}},
    {"es",
     "ltr",
     "Tiene una invitación",
     "Se le invita a hablar en nombre de $0 en el nodo $1. La invitación sirve una sola vez, hasta "
     "el $2.",
     "Ábrala solo en un dispositivo suyo: este navegador quedará conectado.",
     "Entrar",
     "Está dentro",
     "Habla en nombre de $0 en el nodo $1.",
     "No necesita contraseña ni clave: el nodo da fe de lo que publica.",
     "Salir",
     "Escribir un informe",
     "Escribir un informe en una página sin JavaScript",
     "No ha funcionado",
     {"Esta invitación ya no vale o no se copió entera. Pida una nueva a quien se la envió.",
      "No está conectado aquí. Abra el enlace de su invitación; si ya se usó, pida una nueva.",
      "El nodo no responde en este momento. No se ha perdido nada: inténtelo dentro de un minuto.",
      "No existe esta página.", "Este formulario venía de otro sitio y no se hizo nada."}},
    {"ru",
     "ltr",
     "Вас приглашают",
     "Вас приглашают выступать от имени $0 на узле $1. Приглашение действует один раз, до $2.",
     "Открывайте его только на своём устройстве: этот браузер останется в системе.",
     "Войти",
     "Вы вошли",
     "Вы выступаете от имени $0 на узле $1.",
     "Пароль и ключ не нужны: то, что вы публикуете, заверяет узел.",
     "Выйти",
     "Написать отчёт",
     "Написать отчёт на странице без JavaScript",
     "Не получилось",
     {"Это приглашение больше не действует или скопировано не полностью. Попросите новое у того, "
      "кто его прислал.",
      "Вы здесь не вошли. Откройте ссылку из приглашения; если оно уже использовано, попросите "
      "новое.",
      "Узел сейчас не отвечает. Ничего не потеряно: попробуйте через минуту.",
      "Такой страницы нет.", "Эта форма пришла с другого сайта, ничего не сделано."}},
    {"ar",
     "rtl",
     "أنت مدعو",
     "أنت مدعو للتحدث باسم $0 لدى المركز $1. تصلح الدعوة مرة واحدة حتى $2.",
     "افتحها على جهاز يخصك فقط: سيبقى هذا المتصفح مسجَّل الدخول.",
     "ادخل",
     "أنت في الداخل",
     "أنت تتحدث باسم $0 لدى المركز $1.",
     "لا تحتاج إلى كلمة سر ولا إلى مفتاح: يشهد المركز على ما تنشره.",
     "تسجيل الخروج",
     "اكتب تقريراً",
     "اكتب تقريراً في صفحة بلا JavaScript",
     "لم ينجح ذلك",
     {"لم تعد هذه الدعوة صالحة، أو لم تُنسخ كاملة. اطلب دعوة جديدة ممن أرسلها.",
      "لست مسجَّل الدخول هنا. افتح رابط دعوتك، واطلب دعوة جديدة إن كانت قد استُعملت.",
      "المركز لا يجيب الآن. لم يضع شيء: حاول بعد دقيقة.", "لا توجد صفحة كهذه.",
      "جاء هذا النموذج من موقع آخر، ولم يُفعل شيء."}},
    {"zh",
     "ltr",
     "您收到邀请",
     "邀请您在节点 $1 代表 $0 发言。此邀请只能使用一次，有效期至 $2。",
     "请只在您自己的设备上打开：此浏览器将保持登录状态。",
     "进入",
     "您已登录",
     "您在节点 $1 代表 $0 发言。",
     "您不需要密码或密钥：您发布的内容由节点证明。",
     "退出",
     "撰写报告",
     "在不用 JavaScript 的页面撰写报告",
     "未能完成",
     {"此邀请已失效，或没有完整复制。请向发送者索取新的邀请。",
      "您尚未在此登录。请打开邀请中的链接；如已使用过，请索取新的邀请。",
      "节点暂时没有回应。没有丢失任何内容：请一分钟后再试。", "没有这个页面。",
      "此表单来自其他网站，未执行任何操作。"}},
};

const PageWords& WordsOf(PageLanguage language) { return kWords[static_cast<size_t>(language)]; }

std::string Filled(const char* text, absl::string_view first, absl::string_view second,
                   absl::string_view third = "") {
  return absl::StrReplaceAll(text,
                             {{"$0", Words(first)}, {"$1", Words(second)}, {"$2", Words(third)}});
}

std::string Document(const PageWords& words, absl::string_view title, absl::string_view body) {
  return absl::StrCat("<!doctype html>\n<html lang=\"", words.tag, "\" dir=\"", words.direction,
                      "\">\n<head><meta charset=\"utf-8\"><title>", title,
                      " · IGF Liaison</title>\n<meta name=\"viewport\" "
                      "content=\"width=device-width\">\n<link rel=\"stylesheet\" "
                      "href=\"/style.css\"></head>\n<body><main>\n<h1>",
                      title, "</h1>\n", body, "</main></body></html>\n");
}

}  // namespace

absl::string_view TagOf(PageLanguage language) { return WordsOf(language).tag; }

std::string PageDocument(PageLanguage language, absl::string_view title, absl::string_view body) {
  return Document(WordsOf(language), title, body);
}

PageLanguage LanguageOf(absl::string_view accept_language) {
  for (absl::string_view wanted : absl::StrSplit(accept_language.substr(0, 256), ',')) {
    wanted = absl::StripAsciiWhitespace(wanted.substr(0, wanted.find(';')));
    const absl::string_view primary = wanted.substr(0, wanted.find('-'));
    for (size_t i = 0; i < std::size(kWords); ++i) {
      if (absl::EqualsIgnoreCase(primary, kWords[i].tag)) return static_cast<PageLanguage>(i);
    }
  }
  return PageLanguage::kEnglish;
}

std::string InvitationPage(PageLanguage language, const Invited& invited) {
  const PageWords& words = WordsOf(language);
  const std::string end = absl::FormatTime("%Y-%m-%d %H:%M UTC", invited.end, absl::UTCTimeZone());
  return Document(
      words, words.invited_title,
      absl::StrCat("<p>", Filled(words.invited, invited.organisation, invited.hub, end),
                   "</p>\n<p>", words.invited_warning,
                   "</p>\n<form method=\"post\" action=\"/join\"><input type=\"hidden\" "
                   "name=\"invitation\" value=\"",
                   Escaped(invited.invitation), "\"><button>", words.come_in,
                   "</button></form>\n"));
}

std::string MePage(PageLanguage language, absl::string_view organisation, absl::string_view hub) {
  const PageWords& words = WordsOf(language);
  return Document(
      words, words.me_title,
      absl::StrCat("<p>", Filled(words.me, organisation, hub), "</p>\n<p>", words.me_attested,
                   "</p>\n<p><a href=\"/?page=report&amp;lang=", words.tag, "\">",
                   words.write_report, "</a></p>\n<p><a href=\"/report?lang=", words.tag, "\">",
                   words.plain_report, "</a></p>\n<form method=\"post\" action=\"/leave\"><button>",
                   words.leave, "</button></form>\n"));
}

std::string MessagePage(PageLanguage language, Message message) {
  const PageWords& words = WordsOf(language);
  return Document(words, words.sorry,
                  absl::StrCat("<p>", words.messages[static_cast<size_t>(message)], "</p>\n"));
}

absl::string_view StyleSheet() {
  return R"(:root { color-scheme: light dark; }
body { margin: 0; font: 1.125rem/1.5 system-ui, sans-serif; }
main { max-width: 36rem; margin: 12vh auto; padding: 0 1.5rem; }
h1 { font-size: 1.75rem; line-height: 1.2; }
bdi { font-weight: 600; overflow-wrap: anywhere; }
button { font: inherit; padding: .6rem 1.6rem; border: 0; border-radius: .4rem;
  background: #0b5cad; color: #fff; cursor: pointer; }
form.report { display: grid; gap: .25rem; }
label, small, form.report input, select, textarea { display: block; box-sizing: border-box; }
label { font-weight: 600; }
input:not([type=hidden]), select, textarea { font: inherit; inline-size: 100%;
  min-block-size: 2.25rem; padding: .3rem .5rem; }
fieldset { border: 1px solid; border-radius: .4rem; min-inline-size: 0; }
dt { font-weight: 600; }
dd { margin: 0 0 .5rem; white-space: pre-line; overflow-wrap: anywhere; }
dd bdi { font-weight: 400; }
[role=alert] { border-inline-start: 4px solid #b3261e; padding-inline-start: .75rem; }
a { display: inline-block; min-block-size: 1.5rem; }
button:focus-visible, a:focus-visible, input:focus-visible, select:focus-visible,
textarea:focus-visible { outline: 3px solid currentColor; outline-offset: 3px; }
)";
}

}  // namespace liaison::web
