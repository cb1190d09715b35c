//! The words of the lexicon, concept by concept: data, no code.

/// One concept: its name in phrases, English verbs (inflected by rule), English nouns and others (plural by rule), and
/// words or phrases taken as they are, of any language (accents folded away, lower case).
pub(super) struct Entry {
    pub name: &'static str,
    pub verbs: &'static str,
    pub nouns: &'static str,
    pub words: &'static str,
}

const fn entry(name: &'static str, verbs: &'static str, nouns: &'static str, words: &'static str) -> Entry {
    Entry { name, verbs, nouns, words }
}

/// Entries of `words` are separated by commas, so that they can be phrases.
pub(super) const ENTRIES: &[Entry] = &[
    // To set a rule aside.
    entry(
        "override",
        "ignore disregard forget override overrule supersede discard neglect circumvent bypass evade violate abandon overwrite drop cancel dismiss sidestep subvert defeat dodge ditch escape elude",
        "",
        "forgot,forgotten,overridden,skip over,skip past,do not follow,stop following,no longer follow,do not obey,set aside,\
         ignora,ignorar,ignore,ignorez,ignorer,ignoriere,ignorieren,ignorando,olvida,olvide,omite,omita,reemplazando,reemplaza,reemplazar,anula,anular,anulando,sustituye,\
         oublie,oubliez,remplacant,remplace,remplacez,contourne,contourner,contournent,contournant,vergiss,vergessen,missachte,ersetzt,ersetzen,ersetzend,umgehen,umgeht,uberschreiben,uberschreibt,\
         desconsidere,esqueca,substituindo,contorna,contornar,contornam,eluden,elude,eludir,evaden,omiten,dimentica,sostituendo,sostituisce,aggira,aggirano,aggirare,elude,\
         игнорируй,игнорируите,игнорировать,забудь,забудьте,忽略,无视,無視,忘记,忘記,绕过,繞過,覆盖,無視して,忘れて,回避,무시,무시하고,무시하세요,잊어,우회,тадаи,تجاهل,pay no attention to,paying no attention to,get around,gets around,getting around,work around,works around,outside the normal,outside normal,not subject to,exempt from,set aside,put aside,leave behind,throw out,umgehen,umgeht,umgehend,contournent,contournent les,ignorieren sie,vergessen sie,ignorez,无视,忽视,忽略掉,無視し,無視せよ,무시하십시오,무시해,обходят,обходит,обойти,обходя,забудь все,не обращай внимания на,пренебреги,bypassing,eludiendo,ignoriert,umgehen die,cancelled,slip past,slips past,slipping past,avoids,avoiding,zignoruj,ignoruj,pomin,negeer,negeren,abaikan,yok say,gormezden gel,bo qua,अनदेखा,ігноруй,ignorera,ignorer alle,ignoreaza,leave aside,leaves aside,disapply,paying no heed,pay no heed,pas compte,ne tiens pas compte,ne tenez pas compte,sin tener en cuenta,non tenere conto,no tengas en cuenta,fuera de,contornando,contornam as,ignorando as,omijaja,omijajac,omzeilen,melewati,atlayarak,bo qua cac,不受,不遵守,を無視,무시한,échappent aux,echappent,echappe,escapan,escapam,sfuggono,sfugge,saltan,saltarse,salta,se salta,se saltan,hors des,uberspringe,uberspringen,uberspringt,saltando,ignora le,pasa por alto,passe outre,пропусти,пропускай,省略,跳过,건너뛰",
    ),
    entry(
        "replace",
        "replace modify alter change rewrite redirect substitute tamper swap adjust",
        "",
        "cambia,cambie,modifica,modifie,modifiez,andere,andern,altere,更改,修改,替换,изменяй,измени,変更,exchange,swap out,swaps,substitute,multiply,inflate,ersetze,ersetzen,cambiar,cambialo,remplacer,remplace,substitua,troque,sostituisci,zamien,vervang,ganti,degistir,заменяй,замени,поменяй,改为,替换为,换成,差し替え,置き換え,바꾸,변경하",
    ),
    // Switching a guard off.
    entry(
        "disable",
        "disable deactivate suppress remove lift relax weaken unlock",
        "",
        "turn off,turned off,turns off,switch off,shut off,desactiva,desactivar,desactive,desactivez,deaktiviere,deaktivieren,desative,desativar,disattiva,отключи,отключите,禁用,关闭,無効化,비활성화",
    ),
    entry("skip", "skip omit", "", ""),
    // What steers a model.
    entry(
        "instruction",
        "",
        "instruction directive guideline prompt command rule order programming training guidance constraint norm",
        "instruccion,instrucciones,directiva,directivas,regla,reglas,consigne,consignes,directive,directives,regle,regles,anweisung,anweisungen,regeln,vorgaben,\
         instrucao,instrucoes,diretrizes,regras,istruzione,istruzioni,direttive,regole,инструкции,инструкциям,инструкций,инструкцию,правила,指令,指示,命令,规则,提示词,プロンプト,ルール,지시,명령,지침,规定,التعليمات,تعليمات,behavioral guidelines,told you,you were told,you were given,previously told,reglas,anweisung,direktiven,directrices,предписания,ограничения,указания,указаний,規則,規定,方針,ガイドライン,가이드라인,zasady,instrukcje,polecenia,instructies,regels,instruksi,aturan,talimatlari,talimat,huong dan,निर्देशों,निर्देश,інструкції,instruktioner,instructiunile,guidance,consignes initiales,orders of,indicaciones,indications,ordres,disposizioni,orientacoes,orientaciones,vorschriften,vorgabe,указание,распоряжения,指引,說明,教示,규칙,지시사항,wytyczne,richtlijnen,pedoman,kurallar,yonergeler,chi dan",
    ),
    // What keeps a model or a system safe.
    entry(
        "guard",
        "",
        "guardrail safeguard restriction constraint limitation filter filtering protection moderation safeguard ethic",
        "content filter,content filters,content filtering,safety,sicherheitsrichtlinien,sicherheitsvorkehrungen,restricciones,restrictions,filtros,garde-fous,安全,限制,过滤,防护,content policy,content policies,content filter,ethical guidelines,ethical rules,ethical considerations,safety rules,safety checks,safety guidelines,safety policies,safety policy,refusal,refusals,refusal behaviour,refusal behavior,censorship,content moderation,安全检查,安全策略,安全限制,内容过滤,安全チェック,安全対策,안전 검사,안전 정책,políticas de seguridad,politicas de seguridad,regles de securite,sicherheitsregeln,politiche di sicurezza,правила безопасности,меры безопасности,scruple,usual caution,content rules,content rule,safety review,safety training,security guidelines,security policies,security policy,security rules,ethical concern,ethical concerns,malware scanning,malware scan,virus scan,virus scanning,harmful-content checks,harmful content checks,harm checks,usage policy,usage policies,acceptable use,moderation rules,sicherheitsprufung,sicherheitsregel,sicherheitsfilter,inhaltsfilter,reglas de seguridad,filtros de seguridad,medidas de seguridad,verificacoes de seguranca,regras de seguranca,filtros de seguranca,consignes de securite,filtres de securite,filtres,regole di sicurezza,filtri di sicurezza,фильтры безопасности,правил безопасности,фильтры,ограничений безопасности,安全规则,安全检测,内容审核,安全フィルター,安全ルール,コンテンツポリシー,안전 규칙,안전 필터,zasady bezpieczenstwa,filtry,veiligheidsregels,guvenlik kurallari,aturan keamanan,harm-avoidance policy,harm avoidance,protective rules,usual warnings,warnings or refusals,signature verification,malware verification,safeguarding,content limits,age limits,sanitise,sanitize,usual policy,sicherheitsprufungen,controles de seguridad,comprobaciones de seguridad,controles de securite,controlli di sicurezza,safety check,warnings about malicious,content restrictions,ethics guidelines",
    ),
    entry(
        "security",
        "",
        "security safety permission privilege access authorization authentication approval validation ethics",
        "seguridad,securite,sicherheit,sicherheits,seguranca,sicurezza,permisos,permiso,permissions,berechtigungen,berechtigungs,berechtigung,permissoes,permessi,autorisation,autorisations,безопасности,безопасность,разрешений,разрешения,権限,权限,安全,セキュリティ,보안,권한,acces,d'acces,acceso,accesso,zugriff,zugriffs,zugriffskontrollen,berechtigungsprufungen,role-based,rbac,acl,system rights,systemrechte,systemrechten,permission model,access control,access controls,authorization layer,authorisation,acesso,controles de permiso,权限检查,访问控制,アクセス制御,접근 제어,uprawnien,toegangs,izin,erisim",
    ),
    entry(
        "check",
        "",
        "check control validation verification policy policies gate barrier guard review sanitization enforcement inspection flow restriction",
        "controles,control,controle,controles,verificaciones,validaciones,kontrollen,prufungen,prufung,uberprufungen,verificacoes,controlli,verifications,verification,политики,проверки,проверок,проверку,检查,检测,控制,验证,チェック,確認,검사,확인,policy,berechtigungsprufungen,zugriffskontrollen,kontrolle,control de acceso,controles de acceso,controles d'acces,权限检查,권한 검사,権限チェック,检查,approval process,enforcement,policy enforcement,policy check,policy checks,authorization process,checks,access checks,permission checks,permission model,authorization layer,layer,verificacoes normais,prufen,zugriffskontrolle,проверку прав,检查的约束,约束,制約,kontroli",
    ),
    entry(
        "prior",
        "",
        "",
        "previous,prior,earlier,above,preceding,foregoing,previously,previously set,\
         anterior,anteriores,previa,previas,previo,previos,precedent,precedente,precedents,precedentes,precedenti,vorherige,vorherigen,fruheren,bisherigen,предыдущие,предыдущих,предыдущим,之前,先前,以前,以上,上述,前の,以前の,これまで,이전,위의,السابقة,poprzednie,wczesniejsze,eerdere,vorige,sebelumnya,onceki,truoc do,पिछले,попередні,tidigare,anterioare",
    ),
    entry(
        "standing",
        "",
        "",
        "original,existing,initial,former,past,current,conflicting,default,pre-existing",
    ),
    entry(
        "all",
        "",
        "",
        "all,any,every,everything,each,whatever,todas,todos,cualquier,cualquiera,toutes,tous,tout,toute,alle,allen,jede,qualquer,tutte,tutti,qualsiasi,все,всех,любые,所有,全部,任何,すべて,全て,모든,wszystkie,semua,tum,tat ca,सभी,усі,alla,toate",
    ),
    entry(
        "normal",
        "",
        "",
        "normal,ordinary,regular,standard,usual,typical,conventional,customary,normales,ordinarios,habituales,normaux,habituels,normale,normalen,ublichen,normais,normali,обычные,обычных,正常,常规,通常,everyday,habituel,gewohnlichen,normaler,normalen,regulare,regularen,vanlige,usuales,ordinarias,normalmente,zwykle,gebruikelijke,biasa,regulier,standardowe,olagan,binh thuong,обычным,一般",
    ),
    entry(
        "system",
        "",
        "system developer platform",
        "sistema,systeme,systems,система,системы,системные,系统,系統,システム,시스템,التظام",
    ),
    entry(
        "persona",
        "",
        "persona identity character role personality",
        "personaje,personnage,identite,identidad,rolle,personnalite,角色,人格,身份,キャラクター,役割,роль,capacity of,playing,role-play,roleplay",
    ),
    entry(
        "adopt",
        "adopt assume embody impersonate become",
        "",
        "take on,takes on,taking on,adopta,adoptar,adopte,adoptez,adopter,asumir,annehmen,ubernehmen,assuma,adote,assumere,采用,扮演,принять,принимаи",
    ),
    entry(
        "actas",
        "",
        "",
        "act as,pretend to be,behave as,behave like,respond as,roleplay as,role-play as,simulate being,you are now,from now on you are,actua como,agis comme,handle als,aja como,agisci come,действуй как,ты теперь,你现在是,扮演",
    ),
    // Who is told.
    entry(
        "model",
        "",
        "assistant ai llm agent chatbot claude chatgpt gpt copilot",
        "language model,the model,ai model,ai assistant,ai agent,asistente,assistente,assistent,ассистент,модель,ии,助手,模型,人工智能,アシスタント,어시스턴트,모델,المساعد,the language model,ki,ia,l'ia,la ia,ki-assistent,die ki,нейросеть,语言模型,ai助手,言語モデル,aiへ,인공지능,models,message to model,note to model,attention model,message for model",
    ),
    entry(
        "you",
        "",
        "",
        "you,your,usted,tu,vous,du,sie,voce,ты,вы,你,您,あなた,당신,te,tus,ti,toi,ton,tes,dein,deine,deiner,dir,dich,seu,sua,tuo,tue,твои,тебе,тебя,вам,你的,yourself",
    ),
    entry(
        "user",
        "",
        "user human customer operator person client people",
        "end user,end users,end-user,usuario,usuarios,utilisateur,l'utilisateur,utilisateurs,benutzer,nutzer,anwender,usuario,usuarios,utente,utenti,l'utente,al usuario,пользователь,пользователю,пользователя,пользователем,用户,用戶,使用者,ユーザー,사용자,사용자에게,المستخدم,the person,persona usuaria,l'utente,end-users,usuário,benutzers,benutzern,anwenders,dem benutzer,den benutzer,pengguna,kullanici,kullaniciya,uzytkownik,uzytkownikowi,gebruiker,使用者,ユーザ,사용자가,사용자의,account holder,mailbox owner,author,requester,developer at the keyboard,person at the keyboard,end customer,uzytkownika,uzytkownikow,kullanicidan,kullanicinin,nguoi dung,utenza,клиенту,клиента,пользователями,使用者の,ユーザーの,a person,whoever asked,whoever asks,उपयोगकर्ता,kullaniciyi",
    ),
    entry("them", "", "", "them,him,her,anyone,anybody,they"),
    // Telling and not telling.
    entry(
        "tell",
        "tell mention inform notify reveal disclose alert warn acknowledge admit expose advertise divulge report",
        "",
        "told,let the user know,let them know,make the user aware,bring up,talk about,informar,informe,informes,menciones,mencionar,mencione,digas,diga,decir,decirle,reveles,revelar,avises,notifiques,notificar,\
         informez,informer,mentionne,mentionnez,mentionner,dites,revelez,prevenez,erwahne,erwahnen,informiere,informieren,mitteilen,sagen,verraten,benachrichtigen,mencione,conte,avise,menzionare,informare,dire,rivelare,\
         сообщай,сообщайте,сообщать,говори,говорите,упоминаи,упоминаите,раскрывай,告诉,告訴,告知,提及,透露,通知,披露,伝え,知らせ,言わ,教え,언급,말하,알리,알려,aware,be aware,made aware,find out,finds out,learn about,know about,know of,to know,bring up,let on,speak of,refer to,mencionar,menciona,menciones,informes,informa,informez,mentionner,erwahnen sie,informieren sie,sagen sie,menzionare,menzioni,dire,zeggen,vertel,poinformuj,bilgilendir,告げ,伝えな,話さ,知らせな,말하지,알리지,언급하지,draw attention,drawing attention,bringing up,bring this up,bringing this up,decirlo,decirselo,digas nada,lo digas,dirlo,dirglielo,citarlo,citare,parlarne,parler,parle,parles,en parle,le dis,le dire,davon erzahlen,erzahle,erwahn,erwahnst,verrate,informuj,wspominaj,mow,mowic,soyleme,bahsetme,beritahu,cho biet,рассказывай,рассказывать,упоминать,提醒,说明,説明し,言及し,अखबार,बताए,إخباره,run this by,run it past",
    ),
    entry(
        "show",
        "show display present surface explain describe report include say output log",
        "",
        "shown,said",
    ),
    entry(
        "neg",
        "",
        "",
        "not,no,never,don't,dont,do not,doesn't,won't,must not,should not,shouldn't,mustn't,cannot,can't,nor,neither,isn't,aren't,no need to,there is no need to,not need to,needn't,avoid,refrain from,nunca,jamas,ne,pas,jamais,nicht,niemals,kein,keine,nao,non,mai,не,никогда,нельзя,不要,不得,别,勿,切勿,请勿,不能,無,しない,ないで,않,마세요,말고,하지,لا,nothing,no reason to,no reason for,there is no reason,there's no reason to,there's no reason for,without any need to,ni,jamas,aldrig,nigdy,asla,ない,ずに,말아,마십시오,지 마,nie,使わず,せず,지 않,nichts,niente,nada,rien,ничего,никому,nikomu,niets,hic,नहीं,न करें,कभी नहीं,keine anderen,no uses,n'utilise jamais,do not have to,don't have to,no need",
    ),
    entry(
        "hide",
        "hide conceal obscure mask withhold",
        "",
        "hidden,keep secret,keep this secret,keep it secret,keep this hidden,keep hidden,keep quiet,keep it hidden,ocultar,oculta,ocultalo,cache,cachez,verberge,verbergen,verheimlichen,esconda,nascondi,nascondere,скрывай,скрыть,скрой,隐藏,隱藏,隠し,숨기,en secreto,em segredo,in segreto,geheim,segredo do usuario,secreto,секрете,секрет,秘密,비밀",
    ),
    entry(
        "silent",
        "",
        "",
        "silently,secretly,covertly,quietly,discreetly,stealthily,surreptitiously,invisibly,unnoticed,behind the scenes,en secreto,secretamente,silenciosamente,discretement,secretement,heimlich,stillschweigend,silenziosamente,тихо,тайно,незаметно,悄悄,秘密地,偷偷,こっそり,몰래,unobtrusively,on the quiet",
    ),
    entry(
        "consent",
        "",
        "confirmation approval consent permission authorization acknowledgement acknowledgment sign-off go-ahead review",
        "user interaction,asking,prompting,checking,confirming,notifying,confirmacion,aprobacion,permiso,consentimiento,autorizacion,confirmation,approbation,consentement,bestatigung,zustimmung,genehmigung,erlaubnis,confirmacao,aprovacao,conferma,approvazione,consenso,подтверждения,подтверждение,разрешения,согласия,одобрения,确认,批准,同意,许可,確認,承認,許可,확인,승인,동의,confirming with,go ahead from,user approval,human approval,human review,approval prompt,confirmation prompt,confirmation dialog,permission prompt,accord,l'accord,einwilligung,autorizzazione,anuencia,consentement,用户确认,人工审核,사용자 확인,ユーザー確認,согласие,подтверждение пользователя,okay,green light,blessing,ok from,confirmation dialog,confirmation dialogs,zgody,toestemming,bevestiging,persetujuan,onay,sign-off,signoff,sign off,agreement,assent,go ahead,go-ahead,authorisation,permission dialog,permission dialogs,draft stage,user's agreement,aprobacion del usuario,ruckfrage,ruckfragen,einverstandnis,freigabe,visto bueno,accordo,conferme,consentimento,autorizacao,одобрение,разрешение,согласование,征得,확인을,승인을,認可,zgode,akkoord,onaylari,dong y,human-in-the-loop,human in the loop,confirmation prompts,a yes,approval is requested,nachzufragen,nachfrage",
    ),
    entry(
        "ask",
        "ask prompt request require check confirm verify wait consult seek pause",
        "",
        "preguntar,pedir,solicitar,demander,fragen,bitten,perguntar,chiedere,спрашивая,спрашивать,запрашивая,询问,征求,经过,尋ね,聞か,求め,묻,esperar,attendre,warten,aspettare,aguardar,ждать,等待,double-check,check in,checking in,check with,checking with,look over,looking over,pause for,hold for,run it by,running it by,pedirle,pedirlo,preguntarle,nachfragen,ruckfrage,nachzufragen,zu fragen,um bestatigung,redemander,demande,domandare,perguntar antes,pytaj,zapytania,sormadan,istemeden,vragen,спроса,спроси,спрашивай,问,確認を取,물어,묻지,hoi,have to check with,check with anybody,nachfrage,consultar",
    ),
    entry(
        "without",
        "",
        "",
        "without,sans,sin,ohne,sem,senza,без,无需,無需,未经,不经,なしで,없이,with no,bypassing,skipping,with no need for,without any,sans demander,ohne zu,無しで,なしに,无须,毋需,無須,不用,anstatt zu fragen,nie pytajac,bez,zonder,tanpa,olmadan,khong can,不用经过,不问,istemeden,sormadan,haber vermeden,बिना,دون,بدون,ohne dass",
    ),
    // Moving data.
    entry(
        "send",
        "send forward email mail transmit post upload exfiltrate leak bcc cc deliver submit relay copy transfer pipe sync stream share dispatch beacon ship route",
        "",
        "sent,hand off,hand over,hand them off,hand it off,hand them over,hands off,loop in,loop them in,phone home,ship,ships,e-mail,\
         envia,enviar,envie,envies,reenvia,reenvie,reenviar,sube,manda,transmite,transmet,transmettre,transmettez,envoie,envoyer,envoyez,transfere,transferer,sende,senden,sendet,weiterleiten,leiten,ubermittelt,ubermitteln,hochladen,ladt,schicke,schicken,enviando,encaminhe,encaminhar,invia,inviare,inoltra,trasmette,trasmettere,\
         отправь,отправьте,отправляй,отправляйте,отправляет,перешли,пересылаи,передай,передаваите,передает,发送,發送,传送,上传,转发,傳送,送信,転送,アップロード,전송,보내,업로드,أرسل,hand over,hands over,push,pushes,pushed,pushing,posted,reports back,report back,phones home,calls home,recopie,expedie,versendet,ubertragt,ubertragen,ubermittle,envoient,invio,enviando,spedisce,отсылает,отсылай,отправляют,发给,发往,传给,上報,送る,送って,보냅니다,전송합니다,reports to,deliver to,delivered,forwarded,exported,ship to,ships to,streamed,streams,published to,envio,enviados,enviada,se envia,mandando,copia a,envoyees,envoyes,part chez,transmises,transmis,communiquees,gesendet,geschickt,weitergeleitet,weitergegeben,inviato,inviati,inviata,trasmesso,enviado,enviadas,encaminha,wysyla,wyslij,trafia,przesylaj,przeslij,stuur,verstuur,doorsturen,kirim,kirimkan,gonder,gonderilir,ilet,gui,передавать,передаются,отправляются,发到,上传到,发送到,转发给,提交给,送付,送信し,공유,전송하,보내세요,보내라,भेजें,synced,relayed,delivered to,phones home with,uploads to,beaconed",
    ),
    entry(
        "pass",
        "pass include append attach embed insert provide put add supply place return hand put",
        "",
        "incluye,incluir,incluya,adjunta,inclure,incluez,ajoute,fuge,inclua,includi,包含,附加,включи,supplied,filled with,fill in,populate,place it,add them,incluyendo,comprenant,einschließlich,einschliesslich,compresi,включая,包括,包含,含,hand its output,hangen,hange,fugen,pone,ponlo,agrega,anade,inserta,place,placer,mets,mettre,insere,insira,coloque,adicione,inserisci,aggiungi,allega,adjunte,вставь,добавь,помести,приложи,放入,填入,附上,加入,入れ,含め,添付,넣어,포함,첨부,推入,dolacz,wklej,voeg,sertakan,ekle,paste,filled,fills",
    ),
    entry("email_address", "", "", ""),
    entry("url", "", "", ""),
    entry("phone", "", "", ""),
    entry(
        "elsewhere",
        "",
        "server endpoint webhook attacker collector vault cloud platform backend partner",
        "third party,third-party,external server,external service,external endpoint,external api,external servers,remote server,remote endpoint,our server,our servers,our analytics,our cloud,external,remote,servidor,servidores,serveur,serveurs,servern,externe,externen,externo,externos,外部,服务器,サーバー,서버,сервер,сервера,backend,collector,our backend,a third party,to us,our infrastructure,vendor,external api,our servers,nuestros servidores,nos serveurs,unsere server,unsere,nostri server,nossos servidores,наши серверы,наш сервер,服务端,后端,第三方,サードパーティ,外部サーバー,외부 서버,서버로,external systems,external system,external services,external parties,outside vendor,analytics partner,remote collector,remote server,remote servers,third parties,offsite,off-site,data broker,data brokers,insurer,insurers,partner crm,improvement programme,improvement program,maintainers,maintainer,vendor's,licensor,broker,advertisers,ad network,developers of this tool,second account,partenaire,partenaires,partner's,anbieter,hersteller,terzi,terze parti,proveedor,fornecedor,servidor externo,servidor remoto,serveur externe,serveur distant,servidor nosso,nostro server,server esterno,server esterni,zewnetrzny serwer,serwer,externe server,onze server,server kami,sunucumuza,sunucu,сторонний сервер,внешний сервер,внешние серверы,третьим лицам,разработчику,远程服务器,外部服务器,供应商,我们的服务器,開発者,外部サーバ,개발자,외부 서버로,제삼자,dritte,drittanbieter,terceros,tiers,خادمنا,affiliates,affiliate,developer's server,pastebin,marketing partners,developers of the tool,public bucket,bucket of ours,al proveedor,analytics provider,provider of the vendor,our bucket,model provider",
    ),
    entry(
        "analytics",
        "",
        "analytic telemetry metric diagnostic",
        "usage data,usage analytics,usage statistics,usage information,usage report,usage reports,telemetry reports,analytics data,analisis,analitica,analyses,telemetrie,telemetria,nutzungsdaten,nutzungsanalysen,datos de uso,分析数据,遥测,usage telemetry,crash report,crash reports,error report,error reports,diagnostic data,diagnostics data,performance data,estadisticas,estadisticas de uso,statistiques,statistiques d'utilisation,statistiche,estatisticas,使用数据,統計,사용 데이터,статистику,аналитику,телеметрию,diagnostics,anonymous diagnostics,quality data,improvement data,estadistica,qualite,qualitat,calidad,qualidade,statistik,quality assurance",
    ),
    entry(
        "conversation",
        "",
        "conversation dialog dialogue chat transcript",
        "conversacion,conversaciones,gesprach,gesprachs,gesprachsverlauf,unterhaltung,chatverlauf,conversa,conversas,conversazione,conversazioni,разговора,разговор,переписку,переписки,диалога,对话,聊天记录,会话,会話,대화",
    ),
    entry(
        "history",
        "",
        "",
        "conversation threads,conversation content,chat metadata and content,dialog context,entire dialog,conversation data,user conversation,user conversations,chat history,conversation history,message history,dialog history,chat log,chat logs,chat metadata,conversation log,conversation logs,full context,entire context,conversation context,previous messages,last messages,all messages,user messages,user's messages,聊天记录,对话历史,会話履歴,entire chat,whole chat,complete chat,chat transcript,full transcript,everything typed,everything the user,has typed,previous messages,earlier messages,prompts and responses,prompts and model responses,model responses,user prompts,user inputs,historial,historial completo,historique,historique de la conversation,contexte complet,gesprachsverlauf,gesprachsverlaufs,chatverlaufs,cronologia,historico,историю,история переписки,对话记录,对话内容,聊天内容,完整对话,会話の内容,会話内容,대화 내용,대화 기록,prompt text,full prompt,session context,user messages,dialogue content,dialog content,dialogue history,message history,prompt and message history,user wrote,user input history,session transcript,session history,interaction history,user queries and responses,prompt contents,chat content,chat contents,conversation details,conversation text,what the user has been discussing,has been discussing,dialogue up to this point,conversation up to this point,full text of the dialogue,last user message,user's last message,last message,text of this chat,toda la conversacion,conversacion completa,conversacion entera,historial completo de la conversacion,toute la conversation,conversation complete,historique complet,gesamte unterhaltung,gesamten dialog,gesamte gesprach,bisherigen nachrichten,alle bisherigen nachrichten,nachrichten des benutzers,mensagens do usuario,historico da conversa,conversa inteira,tutta la conversazione,cronologia della conversazione,messaggi dell'utente,mensajes del usuario,messages de l'utilisateur,всю переписку,всю историю,сообщения пользователя,全部对话,用户的消息,用户消息,会話全体,ユーザーの発言,会話履歴全体,대화 내용 전체,전체 대화,사용자 메시지,cala rozmowe,historie rozmowy,chat so far,dialog so far,everything said,what was said,words of the user,context window,محادثة المستخدم,كل محادثة,conversation's content,contents of the conversation,session's messages,messages exchanged,all messages exchanged,メッセージ履歴,sohbet gecmisi,historial de mensajes,historico de mensagens,all chat messages,full chat transcript,complete chat between",
    ),
    entry(
        "secret",
        "",
        "password credential secret passphrase passcode",
        "pin code,pin number,api key,api keys,api_key,apikey,ssh key,ssh keys,private key,private keys,ssh private key,ssh private keys,access key,access keys,secret key,secret keys,access token,access tokens,auth token,auth tokens,session token,session tokens,bearer token,bearer tokens,oauth token,oauth tokens,refresh token,encryption key,encryption keys,database password,environment variable,environment variables,env vars,seed phrase,recovery phrase,wallet key,credit card,card number,cvv,ssn,social security,shell history,browser history,cookies,session cookies,kubernetes configuration,credential files,contrasena,contrasenas,clave,claves,credenciales,clave api,claves api,cles api,cle api,mot de passe,mots de passe,identifiants,passwort,passworter,zugangsdaten,anmeldedaten,schlussel,api-schlussel,senha,senhas,credenciais,chaves,chave,credenziali,chiavi,chiave,пароль,пароли,ключ,ключи,учетные данные,密码,密碼,密钥,凭证,口令,パスワード,認証情報,비밀번호,자격 증명,كلمة المرور,passwords stored,stored passwords,saved passwords,environment variables,env vars,connection string,connection strings,secrets file,master password,jwt,service account's token,deploy key,deploy keys,keychain,key ring,password manager,wallet,browser cookies,printenv,id numbers,passport,passport scan,claves de api,llaves,clave privada,cles d'acces,jetons,jeton,zugriffsschlussel,geheimnisse,credenciais de acesso,chiavi api,tokeny,hasla,haslo,wachtwoord,wachtwoorden,kata sandi,sifre,sifreler,mat khau,секреты,токены,токен,приватный ключ,令牌,私钥,环境变量,秘密鍵,トークン,環境変数,토큰,환경 변수,비밀 키,api 키",
    ),
    entry(
        "personal",
        "",
        "pii keystroke",
        "personal data,personal information,private data,sensitive data,sensitive information,sensitive files,sensitive directories,confidential data,user data,user's data,customer data,customer's,account balance,payment method,payment methods,meeting details,datos personales,donnees personnelles,personliche daten,dados pessoais,个人信息,敏感信息,用户数据,個人情報,개인정보,личные данные,browsing history,contact list,contacts,home directory,home folder,location history,photos,phone numbers,email addresses,e-mail addresses,home address,names and addresses,customer records,customer details,patient data,candidate data,id numbers,health data,private files,private documents,credit history,donnees des clients,kundendaten,datos de clientes,dados de clientes,dati dei clienti,данные клиентов,客户数据,顧客データ,고객 데이터,dane osobowe,persoonsgegevens,data pribadi,kisisel veriler,profile of the user,user profiles,camera roll,keystrokes,source code,source files,id number,photos from,medical records,browsing data,national insurance",
    ),
    entry(
        "sensitive_path",
        "",
        "",
        "id rsa,ssh id rsa,id ed25519,dot env,dot env file,etc passwd,etc shadow,ssh directory,ssh folder",
    ),
    entry("path", "", "", ""),
    entry(
        "file",
        "",
        "file folder directory content document",
        "archivo,archivos,fichero,ficheros,fichier,fichiers,datei,dateien,protokolldateien,arquivo,arquivos,файл,файлы,файла,文件,ファイル,파일",
    ),
    entry(
        "data",
        "",
        "data result output response input information detail",
        "datos,donnees,daten,dados,dati,resultados,resultats,ergebnisse,данные,результаты,数据,结果,データ,結果,데이터",
    ),
    entry(
        "read",
        "read open cat access fetch retrieve extract collect gather harvest scan search find steal capture dump enumerate load list grab",
        "",
        "found,lee,leer,lea,lire,lis,lisez,lies,lesen,leia,ler,leggi,leggere,прочитай,прочитайте,читай,读取,讀取,读,読み,読んで,읽,gather,gathers,look up,opens,printenv,dumps,lies die datei,offne,offnen,ouvre,ouvrir,abre,abrir,apri,aprire,открой,打开,開い,열어,otworz,odczytaj,przeczytaj,oku,baca,buka,lees,collects,recopila,recolecta,recueille,sammle,coleta,raccoglie,собирает,собери,收集,集め,수집,look into,looks into,पढ़ें,harvested,paste",
    ),
    entry("user_owned", "", "", "user's,users',their,customer's"),
    // Tools and order of use.
    entry(
        "tool",
        "",
        "tool function plugin server mcp utility",
        "herramienta,herramientas,outil,outils,werkzeug,werkzeuge,tools,ferramenta,ferramentas,strumento,strumenti,инструмент,инструменты,инструмента,инструментов,工具,ツール,도구,الأداة,tools of the,mcp server,werkzeugs,herramientas de,calculator,converter,narzedzie,narzedzia,narzedzi,gereedschap,arac,alat,cong cu,ツールの,도구를,工具的,инструментами",
    ),
    entry("tool_name", "", "", ""),
    entry(
        "other",
        "rival",
        "alternative rival",
        "other,another,others,any other,alternate,competing,competitor,competitors,otra,otras,otros,autre,autres,andere,anderen,outra,outras,altri,altre,другие,других,другими,其他,其它,他の,다른,every other,all others,any others,any other tool,all other tools,le autres,les autres,otro,cualquier otra,cualquier otro,toute autre,andere werkzeuge,the rest,las demas,los demas,le altre,gli altri,as outras,os outros,les autres outils,inne,innych,andere tools,lainnya,diger,khac,прочие,остальные,остальных,其余,别的,ほかの,その他,별도,anderen werkzeuge,andere suchwerkzeuge,d'autres outils,d'autres,ningun otro,nessun altro,outro,outros",
    ),
    entry(
        "this",
        "",
        "",
        "this,it,me,self,esta,este,cet,cette,dieses,diese,questo,это,此,本,该,この,이",
    ),
    entry(
        "use",
        "use call invoke run execute consult choose select pick try trigger prefer prioritize employ",
        "",
        "ran,chose,usa,usar,utiliza,utilizar,llama,utilise,utilisez,appelle,appelez,verwende,verwenden,nutze,rufe,chame,chamar,usare,chiama,используй,используйте,вызывай,вызови,调用,调用此,使用,呼び出,使って,사용,호출,pick picked,take,route,routed,use it,picked,employs,usar esta,usarla,usarlo,usarli,usarle,emplea,emploie,utiliza siempre,einsetzen,utilizza,uzywaj,uzyj,gebruik,gunakan,kullan,dung,применяй,применять,使ってください,使い,사용하세요,쓰세요,选用,采用此",
    ),
    entry(
        "prefer",
        "prefer prioritize favor favour recommend rely",
        "",
        "preferred,priorizar,prioriza,bevorzuge,bevorzugen,privilegie,privilegier,优先,優先,우선,prioritise,prioritises,prioriza siempre,rely on,rely exclusively,优先使用,优先选择,優先的に",
    ),
    entry(
        "instead",
        "",
        "",
        "instead of,rather than,in place of,over any,over other,over all,ahead of,in preference to,replaces,replacement for,en lugar de,en vez de,au lieu de,statt,anstatt,anstelle,em vez de,invece di,вместо,而不是,代替,代わりに,대신,ahead of all,ahead of any,ahead of every,in place of every,in place of any,over all,over every,sobre cualquier,sobre todas,vor allen,avant tout,au-dessus de,takes the place of,take the place of,supersedes,superseding,successor of,in lieu of,in its stead,als ersatz,a la place de,al posto di,no lugar de,вместо этого,取代,替代,の代わり,대신에",
    ),
    entry(
        "first",
        "",
        "",
        "first,first step,before anything,primero,d'abord,zuerst,primeiro,prima,сначала,首先,最初,먼저,at the outset,at the start,initially,en primer lugar,en premier,als erstes,antes de nada,antes de cualquier,per prima cosa,najpierw,eerst,dulu,once,truoc tien,в первую очередь,第一步,まず,まっさき,맨 먼저,우선",
    ),
    entry(
        "before",
        "",
        "",
        "before,prior to,antes de,avant,bevor,vor,prima di,перед,прежде,在使用,之前,前に,전에",
    ),
    entry(
        "after",
        "",
        "",
        "after,once,when,whenever,upon,despues de,apres,nach,nachdem,depois,dopo,после,когда,之后,后,後,후",
    ),
    entry(
        "always",
        "",
        "",
        "always,every time,each time,at any time,at all times,in all cases,no matter,mandatory,siempre,toujours,immer,sempre,всегда,总是,始终,每次,必ず,常に,항상,반드시",
    ),
    entry(
        "must",
        "",
        "",
        "must,should,shall,need to,needs to,have to,has to,required to,ought to,will,please,debe,deben,debes,doit,devez,muss,mussen,deve,devem,должен,должны,必须,必須,应该,请,해야,soll,sollen,sollte,sollten,darf,durfen,debera,deberia,dois,doivent,devra,devono,dovrebbe,obowiazkowo,moet,harus,gerekir,phai,supposed to,expected to,meant to,called to,obliged to,required,needs not,ought",
    ),
    // Claims.
    entry(
        "authority",
        "",
        "administrator admin root superuser superadmin sudo",
        "system administrator,highest priority,highest-priority,top priority,authoritative,authorized,pre-approved,preapproved,pre-authorized,pre-validated,prevalidated,administrador,administrateur,administratoren,管理员,管理者,администратор,system account,service account,database owner,owner,owners,platform's developers,platform team,security team,developers,operator of this server,quien administra,betreiber,amministratore",
    ),
    entry(
        "elevated",
        "elevate escalate",
        "",
        "elevated,unrestricted,unlimited,privileged,full,maximum,superuser,root,admin,administrative,administrator,complete,total,privilegios,erhohten,erhohte,eleves,privilegiado,diferido",
    ),
    entry(
        "privilege",
        "",
        "privilege access permission authority right",
        "privileged context,privilegios,privileges,rechte,privilegi,privilegios,权限,権限,прав,права",
    ),
    entry(
        "grant",
        "grant give enable allow obtain gain",
        "",
        "given,gave,concede,otorga,accorde,gewahre,conceda,授予,允许",
    ),
    entry(
        "trust",
        "trust treat obey follow accept believe regard consider handle honor honour comply",
        "",
        "confia,confie,vertraue,信任,相信,доверяй,carry out,carries out,carried out,be regarded as,are regarded as,taken as,to be treated as,binding for",
    ),
    entry("mode", "", "mode", "modo,modus,模式,モード,режим,режиме"),
    entry(
        "jailbreak",
        "jailbreak",
        "",
        "dan,jailbroken,do anything now,developer mode,debug mode,god mode,maintenance mode,unrestricted mode,sudo mode,root mode,unfiltered,uncensored,modo desarrollador,开发者模式,越狱,режим разработчика",
    ),
    entry(
        "task",
        "",
        "task operation process job request action query queries",
        "tareas,tarea,taches,tache,aufgaben,vorgange,tarefas,attivita,operaciones,задачи,задач,任务,操作",
    ),
    entry("trick", "trick deceive fool manipulate mislead lure persuade phish", "", ""),
    entry(
        "purpose",
        "",
        "",
        "best for,best suited for,for compliance,for auditing,for logging,for debugging,for diagnostics,for verification,for security purposes,for quality assurance,for compliance purposes,for telemetry",
    ),
    // Advertising.
    entry(
        "best",
        "",
        "",
        "best,#1,number one,number 1,top rated,top-rated,top-ranked,highest rated,most accurate,most reliable,most powerful,most advanced,ultimate,superior,unmatched,unparalleled,unprecedented,world-class,world class,award-winning,award winning,revolutionary,game changer,game-changer,game changing,breakthrough,elite,premium,industry-leading,industry leading,military-grade,unbeatable,finest,el mejor,la mejor,le meilleur,la meilleure,der beste,das beste,beste,o melhor,il migliore,лучший,最好,最佳,最強,最高の,최고,one and only,the only tool,only tool you,top choice,first choice,most trusted,most popular,leading,gold standard,second to none,perfect,flawless,10x,five stars,5 stars,rated five,highest accuracy,unbeatable,unrivaled,unrivalled,state-of-the-art,next-generation,cutting-edge,world's leading,unmatched quality,guaranteed best,best results,numero uno,number-one,officially recommended,scelto da milioni,o mais preciso,le plus precis,am genauesten,mas precisa,mas preciso,najlepszy,najlepsze,beste keuze,terbaik,en iyi,tot nhat,лучшее,最准确,最精准,一番,가장 정확",
    ),
    entry(
        "worse",
        "outclass outshine",
        "",
        "inferior,outdated,obsolete,inaccurate,unreliable,deprecated,worse,less accurate,less reliable,outperform,outperforms,better than,superior to,beats,far superior,average,mediocre,don't settle,do not settle,fall behind,落后,劣质,make mistakes,makes mistakes,wrong answers,give wrong,slow alternatives,unreliable alternatives,useless,no other,ditch,avoid them,falls short,lag behind,old-fashioned,low-quality,error-prone,do not waste,don't waste,waste time,settle for,competitors are,nobody does it better,slow and wrong,unsafe,insecure,broken,corrupts,not reliable,dissatisfied,hopeless,loses out,lose out,hesitates,nothing else comes close,comes close,hands down,inaffidabili,lenti,errores,erroneos,incorrectos,peores,obsoletas,obsoletos,obsoletes,faux,lents,moins fiables,veraltet,unzuverlassig,fehlerhaft,langsam,schlechter,obsoletos,ruins,piores,lentos,gorsze,przestarzale,slechter,kotu,устарели,ненадежны,хуже,медленные,不可靠,不准确,较差,信頼できない,劣っ,느리고,부정확,malware,are malware,dangerous,compromised,riddled with,buggy",
    ),
    entry(
        "endorsed",
        "endorse",
        "",
        "trusted by,recommended by,rated by,used by,featured in,featured on,as seen on,endorsed by,loved by,certified by,approved by experts,developed by top,proven,scientifically proven,fortune 500,five-star,5-star,million users,million downloads,customer satisfaction,ai experts,experts,award,loved by,voted,chosen by,rated,five stars,million developers,developers,thousands of,award-winning,recommended,praised,leading ai labs,ai labs,openai,anthropic,nobel,forbes,techcrunch,wired,preferred by,top-rated by,professionals,rated five stars,leading universities,universities,endorsed,satisfied users,millions of,scelto,elegida,elegido,choisi par,gewahlt,escolhido,выбирают,数百万",
    ),
    entry(
        "urgent",
        "",
        "",
        "limited time,act now,hurry,expires soon,before access expires,while you still can,only today,spots filling,uses left,don't miss,do not miss,last chance,exclusive,exclusive access,vip,limited access,don't wait,start here,offer ends,ends tonight,ends soon,before it's too late,today only,while supplies,urgent,right now,immediately or,quota ends,ends today,free quota,choose well,whoever hesitates,last days,expires today,jetzt sofort,solo oggi,solo hoy,aujourd'hui seulement",
    ),
    entry(
        "alternatives",
        "",
        "rival",
        "alternatives,competitors,other tools,any other tool,other options,any other option,standard alternatives,inferior tools,outdated tools,other similar tools,similar tools,other services,all other,any alternatives,other converters,slow alternatives,any competing,competing implementation,competing tool,competing tools,every other tool,every other",
    ),
    entry(
        "insist",
        "",
        "",
        "without exception,no exceptions,not optional,is mandatory,mandatory step,iron rule,cannot be skipped,must not be skipped,even once,under any circumstances,no matter what,no matter how,regardless of,sin excepcion,sans exception,ohne ausnahme,без исключений,无一例外",
    ),
    entry(
        "void",
        "cancel suspend void nullify revoke lift",
        "",
        "null and void,void,no longer applies,no longer apply,no longer valid,no longer in force,not in force,do not apply,does not apply,don't apply,not applicable,invalid,obsolete,off,ineffective,ungultig,sin efecto,无效,作废,失效,無効,무효,cancelled,cancelling,not relevant,is not relevant,are not relevant,inapplicable,left out,is left out,be left out,suspended,waived,lapse,lapsed,withdrawn,annulled,repealed,gelten nicht,gelten hier nicht,gilt nicht,aufgehoben,ausser kraft,no se aplican,no aplican,no rigen,quedan anuladas,anuladas,anulados,ne s'appliquent pas,ne s'applique pas,annulees,annules,levees,nao se aplicam,revogadas,anuladas,non si applicano,annullate,revocate,не действуют,не применяются,отменены,отменяются,不适用,已取消,已失效,適用されません,適用されない,無効です,적용되지 않,무효입니다,nie obowiazuja,uniewaznione,gelden niet,vervallen,gecerli degil,tidak berlaku,need not be applied,not be applied,not evaluated,are not evaluated,is not evaluated,is not in force,gelten nicht mehr,nicht mehr gelten,pas en vigueur,waive,dispensed with,turned off,must be turned off,without effect",
    ),
    entry(
        "outrank",
        "outrank overrule supersede override trump",
        "",
        "take priority over,takes priority over,takes precedence over,take precedence over,has precedence over,precedence over,higher priority than,priority over,above all,stands above,more important than,prevails over,优先于,優先する",
    ),
    entry(
        "act",
        "",
        "upload forwarding copying transfer step operation call action process backup behavior behaviour procedure instruction collection recording logging",
        "side effect,this,it,that,operacion,paso,appel,operation,schritt,vorgang,aufruf,операцию,операция,действие,этот шаг,操作,步骤,行为,処理,動作,작업,동작",
    ),
    entry(
        "reply",
        "",
        "answer reply response summary message output",
        "summarise,summarize,respuesta,reponse,antwort,risposta,resposta,ответ,ответе,回答,回复,応答,답변",
    ),
    entry("record", "report log record store save archive share log keep", "", "logs,reports"),
    entry("env_secret", "", "", ""),
    entry("readonly", "", "", "read-only,readonly,read only"),
    entry(
        "detect",
        "detect block prevent flag protect mitigate sanitize defend abuse recognise recognize reject refuse deny",
        "",
        "caught,attackers,attacker,attack,attacks,injection attempts,jailbreak attempts",
    ),
    entry("example", "", "example", "such as,for example,e.g.,e.g,like"),
    entry(
        "sidestore",
        "register create subscribe store extract catalog catalogue record save",
        "",
        "registra,almacena,stocke,speichert",
    ),
    // Clauses: on what condition they hold and what they say of it.
    entry(
        "condition",
        "",
        "",
        "if,when,whenever,once,before,after,upon,where,in case,in case of,provided,provided that,as soon as,should the,each time,every time,wenn,falls,sobald,bevor,nachdem,nach,si,cuando,antes de,despues de,lorsque,lorsqu,quand,avant,apres,des que,se,quando,prima di,dopo,depois,ao,если,когда,после,перед,如果,当,時,とき,たら,경우,때,jesli,gdy,als,wanneer,jika,ketika,eger,nếu,prior to,while,hooked,whenever it,in use,solange,mientras,pendant que,während,lors de",
    ),
    entry(
        "exception",
        "",
        "",
        "unless,until,except,only if,only when,only after,only once,only with,solange,bis,es sei denn,nur wenn,hasta,a menos que,solo si,salvo,jusqu,sauf,a moins,seulement si,ate,so se,apenas se,a meno che,finche,solo se,пока,кроме,только если,除非,直到,しない限り,まで,않는 한",
    ),
    entry(
        "reason",
        "",
        "",
        "because,since,so that,therefore,hence,weil,damit,porque,puesto que,parce que,afin que,perche,affinche,потому,чтобы,因为,因為,ので,기 때문",
    ),
    entry(
        "wish",
        "want wish desire ask request approve confirm agree choose decide specify insist instruct explicitly",
        "wish",
        "explicitly,on request,asked for,said yes,opted,opt-in,opt in,wanted,pida,pide,quiera,solicite,demande,souhaite,veut,wunscht,mochte,verlangt,bittet,peca,pedir,queira,chieda,voglia,попросит,хочет,просит,要求,希望,求め,원하",
    ),
    entry(
        "also",
        "",
        "",
        "also,additionally,alongside,besides,in addition,moreover,furthermore,as well,on top,further,ausserdem,zusatzlich,auch,ademas,tambien,en outre,aussi,de plus,egalement,inoltre,anche,alem disso,tambem,также,кроме того,另外,还,同时,さらに,また,또한,도,takze,ook,juga,ayrica",
    ),
    // What reaches the user.
    entry(
        "learn",
        "know learn notice hear discover realise realize suspect perceive",
        "",
        "find out,become aware,get wind of,hear about,catch on,erfahren,merken,merkt,wissen,bemerken,sepa,sepan,enterarse,entere,sache,apprenne,remarque,saiba,saber,perceba,sappia,accorga,dowiedzial,dowie,weten,merken,tahu,bilmesin,biet,узнал,узнать,узнает,знал,заметил,知道,发现,察觉,得知,気づ,知られ,알게,알아차리,눈치",
    ),
    entry(
        "unaware",
        "",
        "",
        "unaware,in the dark,oblivious,none the wiser,unsuspecting,uninformed,without noticing,without the knowledge,ahnungslos,unwissend,a oscuras,sin saberlo,a l'insu,insu,all'oscuro,a insaputa,sem saber,в неведении,不知情,知らないまま,모르게",
    ),
    entry(
        "needless",
        "",
        "",
        "unnecessary,needless,superfluous,not needed,not required,not necessary,no point in,no need,no reason,is not necessary,are not needed,dispensable,redundant,waived,skipped,can be skipped,may be skipped,implied,is implied,presumed,in advance,beforehand,already given,given already,nicht notig,unnotig,nicht erforderlich,uberflussig,entfallt,no hace falta,no es necesario,no es necesaria,innecesario,innecesaria,sin necesidad,pas necessaire,pas besoin,inutile,superflu,non serve,non e necessario,non necessaria,nao e necessario,nao precisa,desnecessario,desnecessaria,dispensa,не нужно,не требуется,необязательно,无需,不需要,不必,無需,必要はありません,必要ない,不要です,필요 없,필요는 없,불필요,niepotrzebne,nie trzeba,niet nodig,tidak perlu,gerek yok,gerekmez,khong can,dispense with,dispensed with,may dispense,need not,doesn't want to be consulted,taken for granted,unneeded",
    ),
    entry(
        "bother",
        "bother disturb interrupt pester trouble hesitate pause wait stop",
        "",
        "belastigen,molestar,molestes,deranger,derange,incomodar,disturbare,беспокоить,打扰,煩わせ,귀찮게",
    ),
    entry(
        "omit",
        "omit exclude suppress strip leave drop blank scrub erase skip",
        "",
        "leave out,left out,leave it out,leave it out of,omitelo,omite,weglassen,lasse weg,verschweige,verschweigen,passe sous silence,tais,oculta,tralascia,ometti,omita,не упоминай,опусти,умолчи,省略,略去,省いて,생략",
    ),
    entry(
        "mention",
        "",
        "mention trace reference hint attention evidence amendment notice",
        "mencion,trace,erwahnung,menzione,mencao,упоминание,提示,痕迹,痕跡,흔적",
    ),
    // Acts with consequences, and how they are ordered.
    entry(
        "commit",
        "transfer delete remove publish deploy pay buy purchase sign execute run submit send dispatch install merge order book drop wipe export proceed continue act approve accept post move grant",
        "deletion transfer payment purchase",
        "put live,go live,ausfuhren,fuhre,losche,loschen,veroffentliche,sende,bezahle,installiere,ejecuta,borra,elimina,publica,envia,paga,instala,exporta,execute,supprime,publie,envoie,paie,installe,apague,exclua,publique,envie,pague,instale,esegui,elimina,pubblica,invia,paga,удаляй,удали,публикуй,отправь,оплати,установи,выполни,删除,发布,发送,支付,执行,安装,转账,削除し,公開し,送信し,実行し,삭제하,게시하,보내,실행하,usun,opublikuj,wyslij,verwijder,publiceer,hapus,kirim,sil,yayinla,gonder,xoa",
    ),
    entry(
        "straight",
        "",
        "",
        "immediately,right away,straight away,straightaway,at once,directly,automatically,instantly,on your own initiative,on its own initiative,without delay,without further ado,right now,sofort,unmittelbar,direkt,automatisch,eigenmachtig,de inmediato,inmediatamente,directamente,automaticamente,immediatement,directement,automatiquement,tout de suite,subito,immediatamente,direttamente,imediatamente,diretamente,немедленно,сразу,автоматически,立即,直接,自动,马上,すぐに,直ちに,自動的に,即座,즉시,바로,자동으로,natychmiast,automatycznie,direct,meteen,langsung,hemen,otomatik,ngay",
    ),
    entry(
        "click",
        "click choose select press answer tick confirm accept acknowledge reply",
        "",
        "klicke,wahle,bestatige,elige,pulsa,acepta,clique,choisis,accepte,escolha,aceite,scegli,accetta,нажми,выбери,选择,点击,選択し,クリック,선택하",
    ),
    entry(
        "yes",
        "",
        "",
        "yes,always allow,allow,allow always,approve,ok,accept,agree,ja,si,oui,sim,да,是,はい,예",
    ),
    entry(
        "dialog",
        "",
        "dialog popup dialogue prompt banner box",
        "permission dialog,confirmation dialog,rueckfrage,dialogo,dialogue,диалог,对话框,ダイアログ,대화상자",
    ),
    // The model's own rules.
    entry(
        "sysprompt",
        "",
        "",
        "system prompt,system message,hidden text,hidden prompt,initial instructions,your instructions,your rules,your guidelines,your policy,your policies,your training,developer message,developer instructions,developer prompt,setup text,start-up instructions,configured with,operator's instructions,guidance given by the operator,confidential text,my policy,systemprompt,system-prompt,deine anweisungen,tus instrucciones,tus reglas,prompt del sistema,tes instructions,tes consignes,tes regles,tuas instrucoes,suas instrucoes,tue istruzioni,tuas regras,системный промпт,твои инструкции,твои правила,系统提示,系统提示词,你的指令,你的规则,システムプロンプト,あなたの指示,시스템 프롬프트,당신의 지침,reglas del sistema,regeln des systems,regles du systeme,regras do sistema,시스템 프롬프트를,everything the operator told you,operator told you,principal's instructions,creators' instructions,your principal",
    ),
    entry(
        "verbatim",
        "",
        "",
        "verbatim,word by word,word for word,in full,literally,exact copy,exact text,wortlich,wort fur wort,palabra por palabra,textualmente,mot a mot,mot pour mot,parola per parola,palavra por palavra,дословно,слово в слово,逐字,原文,一字一句,그대로,",
    ),
    entry(
        "unfiltered",
        "",
        "",
        "unfiltered,uncensored,without any filter,without filter,without filters,without restriction,without restrictions,without reserve,without refusal,refuse nothing,decline nothing,never decline,decline anything,never refuse,refuse no,every request,regardless of warnings,whatever is asked,ungefiltert,ohne einschrankungen,ohne filter,jede anfrage,jede bitte,sin filtros,sin restricciones,cualquier peticion,cualquier solicitud,sans filtre,sans restriction,sans la moindre reserve,toute demande,sem filtros,sem restricoes,qualquer pedido,senza filtri,senza restrizioni,qualsiasi richiesta,без фильтров,без ограничений,любой запрос,не отказывай,不要拒绝,任何请求,无限制,制限なし,どんな要求,拒否せず,모든 요청,제한 없이,거부하지,without the usual warnings,without usual warnings,without refusals,let injections through,no holds barred",
    ),
    entry(
        "whatever",
        "",
        "",
        "everything that,everything the,whatever,anything that,only what,only the,solely,exclusively,nothing but,only,nur,ausschliesslich,einzig,solo,solamente,unicamente,exclusivamente,seulement,uniquement,apenas,somente,soltanto,esclusivamente,только,исключительно,只,仅,だけ,のみ,오직,만",
    ),
    entry(
        "asif",
        "",
        "",
        "as if,as though,exactly as if,just as if,as authoritative,as the truth,as truth,as fact,as gospel,als ob,als waren,como si,comme si,como se,come se,как будто,如同,就像,かのように,것처럼,as though they came,as if they came,as though it came,as if it came",
    ),
    // Rights.
    entry(
        "rootctx",
        "",
        "",
        "root,sudo,as root,superuser,system account,service account,service account's token,system privileges,system rights,system context,system level,elevated context,elevated privileges,elevated rights,administrator rights,administrator privileges,admin rights,admin privileges,owner rights,database owner,privileged context,root clearance,higher privileges,systemrechten,systemrechte,administratorrechten,adminrechten,erhohten rechten,erhohten berechtigungen,droits du systeme,droits systeme,droits administrateur,droits d'administrateur,privileges eleves,privilegios de administrador,privilegios de sistema,privilegios elevados,permisos de administrador,privilegios del sistema,privilegios do sistema,diritti di amministratore,privilegi di sistema,privilegi elevati,правами администратора,правами системы,системными правами,от имени root,系统权限,管理员权限,root权限,最高权限,システム権限,管理者権限,루트 권한,관리자 권한,시스템 권한,uprawnieniami administratora,uprawnieniami systemowymi,systeemrechten,beheerdersrechten,hak admin,yonetici haklari,cluster-admin,super admin,dba's identity,administrator identity,owner's token,admin token,admin credentials,with elevated rights,with full rights,systemkonto,como administrador,en tant que root,en tant qu'administrateur,als administrator,come amministratore,от имени администратора,administrative rights,administrative privileges,system user,system process,privileged agent,rights of the host,rights of the system,administratorkonto,cuenta de sistema,compte systeme,account di sistema",
    ),
    entry(
        "acl",
        "",
        "",
        "access check,access checks,permission check,permission checks,permission model,permissions check,access control,access controls,authorization,authorisation,authorization layer,authorization checks,authorisation checks,role checks,rbac,permission system,sandbox,security checks,berechtigungsprufung,berechtigungsprufungen,zugriffskontrollen,zugriffsprufungen,controles de permisos,controles de acceso,controles de permiso,controles d'acces,verificacoes de acesso,verificacoes normais de acesso,controlli di accesso,controlli di autorizzazione,проверки прав,проверок прав,контроль доступа,权限检查,访问控制,アクセスチェック,権限チェック,권한 검사,접근 제어,kontrole uprawnien,toegangscontroles,pemeriksaan izin,izin kontrolleri,row-level security,rls,tenant isolation,ownership checks,permission layer,rechteprufung,rechteprufungen,comprobaciones de permisos,comprobacion de permisos,controles d'autorisation,controle d'autorisation,проверку прав,verificacao de permissao,verificacoes de permissao,controlli dei permessi,access restrictions,access restriction,ordinary authorization,role check,permission is evaluated,permission evaluated",
    ),
    entry(
        "denied",
        "",
        "",
        "denied,permission error,access denied,accessdenied,forbidden,lacks permission,unauthorized,unauthorised,not permitted,refused access,verweigert,denegado,acceso denegado,refuse,acces refuse,negado,acesso negado,negato,отказано,被拒绝,拒否され,거부되,denies,is denied,rbac denies,refuses the request",
    ),
    entry(
        "retry",
        "retry repeat fall",
        "",
        "try again,retry with,fall back,falls back,nochmals,reintenta,reessaie,tente novamente,riprova,повтори,重试,再試行,재시도",
    ),
    // What a call carries, and where it goes.
    entry(
        "target",
        "",
        "recipient payee beneficiary iban bcc cc",
        "phone number,bank details,wallet address,destinatario,destinataire,empfanger,telefonnummer,kontonummer,beneficiario,beneficiaire,получателя,получатель,счет,收件人,收款人,账户,账号,宛先,受取人,口座,수신자,받는 사람,계좌,odbiorca,odbiorce,ontvanger,penerima,alici,account to,payment reference,reply-to address,bank account,start time,numero del destinatario,wallet,приёмник,iban-nummer",
    ),
    entry(
        "figure",
        "",
        "figure amount price revenue total balance rate result value number",
        "betrag,betrage,preise,importe,montant,prix,valor,prezzo,сумму,цены,金额,价格,金額,금액",
    ),
    entry(
        "shell",
        "",
        "shell terminal",
        "curl,wget,bash,sh,zsh,powershell,chmod,rm,crontab,nc,netcat,sudo,printenv,cmd.exe,iex,invoke-webrequest",
    ),
    entry(
        "builtin",
        "",
        "",
        "built-in,builtin,native,original,standard,default,filesystem server,github server,payments server,of any server,all servers,every server,other servers,another server,of any other server,other server,elsewhere,eingebaut,eingebauten,integrado,integrada,integre,integrata,nativo,встроенный,内置,内建,組み込み,내장",
    ),
    entry("image", "", "image pixel picture badge", "markdown image,img"),
    entry(
        "home",
        "",
        "",
        "home directory,home folder,user's home,desktop folder,documents folder,ssh keys,every file,all files,filesystem root",
    ),
    entry(
        "lie",
        "deny pretend lie claim insist",
        "",
        "make it look,make it appear,look as if,look like a normal,leugne,behaupte,niega,finge,nie,pretends,nega,fingi,negue,finja,отрицай,притворись,делай вид,否认,假装,否定し,ふりを,부인하,척하,innocuous explanation,claim that,had no side effects,it's our secret,our secret,has to look,blame the,blame it on,act as though no,act as if no,as though no",
    ),
    entry(
        "setto",
        "set change substitute replace point fix",
        "",
        "setze,pon,poner,mets,defina,imposta,ustaw,установи,设为,设置为,にし,설정,sustituye,sustituir,reemplaza,reemplazar,remplace,remplacer,ersetze,ersetzen,doubled,double,alter,cambia,cambie,замени,替换,換え",
    ),
    entry(
        "obey",
        "obey follow execute comply perform",
        "",
        "carry out,carries out,carried out,perform them,to be carried out,is to be carried out,be carried out,act on,acts on,do what,do as,carry it out,gehorche,richte dich,richten sie sich,ausfuhren,fuhre aus,obedece,obedecer,cumple,ejecuta,sigue,seguir,obeis,obeir,execute,suis,suivre,obedeca,siga,cumpra,segui,seguire,esegui,obbedisci,выполняй,выполни,следуй,подчиняйся,执行,遵循,遵守,服从,従って,従い,実行し,따르,실행하,perform those,tu was,fais ce que,haz lo que",
    ),
    entry(
        "above",
        "outweigh outrank",
        "",
        "outweigh,outweighs,ranks above,rank above,ranks higher,binding,above the,place above,placed above,stand above,count for more,counts for more,vorrang,hat vorrang,vorrang vor,autoridad sobre,tiene autoridad,prevalece,prevalecen,prevaut,l'emporte,l'emportent,prioritaire,autorite sur,prevalgono,prevale,tem prioridade,prevalece sobre,приоритет над,имеют приоритет,важнее,高于,优先级高于,より優先,우선합니다,우선한다,take priority over,takes priority over,takes precedence over,take precedence over,precedence over,priority over,higher priority than,prevails over,more important than,entries win,this one wins,wins over,override anything,trumps,bound to,is bound to,takes precedence,more weight than,tiene prioridad,prevalecera,must not be questioned,not be questioned,is final,final and",
    ),
    entry(
        "apply",
        "apply enforce perform",
        "",
        "anwenden,wende,aplica,aplicar,apliques,appliquer,applique,appliquez,aplique,applicare,applica,применяй,применять,应用,適用し,적용",
    ),
    entry("lookfor", "audit report list find identify scan check detect flag", "", ""),
    entry(
        "persist",
        "",
        "",
        "deploy keys,deploy key,authorized_keys,crontab,ci config,ci configuration,startup items,startup script,login items,git hook,git hooks,post-commit hook,hosts file,launch agent,launch agents,shell profile,cron table,pre-commit hook,workflow file,ssh daemon,bashrc,zshrc,.github/workflows/ci.yml,workflow step",
    ),
    entry(
        "entitled",
        "entitle authorise authorize permit clear license",
        "",
        "authorised,allowed,permitted,cleared,entitled,berechtigt,autorizado,autorise,autorizzato,уполномочен,授权,許可され,허가",
    ),
];
